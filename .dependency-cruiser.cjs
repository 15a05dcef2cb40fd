// The direction of imports, as drawn in ARCHITECTURE.md. `npm run layers` refuses any other.

/** A folder may import what is named here and nothing else. npm packages and Node's own modules are named by their type. */
const layer = (name, from, {folders = [], npm = false, node = false}) => ({
  name,
  comment: `${from} may import ${[...folders, ...(node ? ['node:'] : []), ...(npm ? ['npm packages'] : [])].join(', ') || 'nothing'}`,
  severity: 'error',
  from: {path: `^${from}/`},
  to: {
    pathNot: [`^${from}/`, ...folders.map(folder => `^${folder}/`), ...(npm ? ['(^|/)node_modules/'] : [])],
    ...(node ? {dependencyTypesNot: ['core']} : {}),
    couldNotResolve: false,
  },
})

const HEAVY =
  '(^|/)node_modules/(onnxruntime-node|node-llama-cpp|hnswlib-node|sharp|ink|react|@tensorflow/[^/]+|undici|cli-progress)/'

/** What runs in worker threads. */
const WORKERS =
  '^src/adapters/(inference/(session|tensors|picture-input|decoder)\\.ts$|captioner/(?!captioner\\.ts$|manifest\\.ts$|messages\\.ts$)|(sound-classifier|voice-detector|transcriber)/(worker|speech-model)\\.ts$|embedder/(starter/(?!starter\\.ts$)|dual-encoder/(?!dual-encoder\\.ts$|manifest\\.ts$|messages\\.ts$)))'

module.exports = {
  forbidden: [
    layer('domain', 'src/domain', {}),
    layer('services', 'src/services', {folders: ['src/domain']}),
    layer('adapters', 'src/adapters', {folders: ['src/domain'], npm: true, node: true}),
    layer('http', 'src/http', {folders: ['src/services', 'src/domain'], npm: true, node: true}),
    layer('cli', 'src/cli', {
      folders: ['src/services', 'src/library', 'src/adapters', 'src/domain'],
      npm: true,
      node: true,
    }),
    layer('commands', 'src/commands', {folders: ['src/cli', 'src/http', 'src/services', 'src/domain'], npm: true, node: true}),
    layer('bin', 'bin', {folders: ['src/cli', 'dist/cli'], node: true}),
    {
      name: 'library',
      comment: 'src/library may import src/domain, node: and its database driver',
      severity: 'error',
      from: {path: '^src/library/'},
      to: {
        pathNot: ['^src/library/', '^src/domain/', '(^|/)node_modules/(@types/)?better-sqlite3/'],
        dependencyTypesNot: ['core'],
        couldNotResolve: false,
      },
    },
    {
      name: 'adapters-apart',
      comment:
        'an adapter knows the domain, its own folder, native/ which opens the C++ addons, threads/, and inference/ which all adapters of models share, never another adapter',
      severity: 'error',
      from: {path: '^src/adapters/([^/]+)/'},
      to: {path: '^src/adapters/', pathNot: '^src/adapters/($1|native|threads|inference)/'},
    },
    {
      name: 'one-command-one-file',
      comment: 'what two commands share lives in src/cli or src/services',
      severity: 'error',
      from: {path: '^src/commands/'},
      to: {path: '^src/commands/'},
    },
    {
      name: 'no-cycles',
      comment: 'types may look back at the table they are a row of (services/pipeline.ts), code may not',
      severity: 'error',
      from: {path: '^src/'},
      to: {circular: true, viaOnly: {dependencyTypesNot: ['type-only']}},
    },
    {
      name: 'heavy-packages-late',
      comment: 'only by import() or import type: a `--version` must not load a model',
      severity: 'error',
      // Below worker.ts is what runs in the worker thread only; what starts it, and the registry, are loaded with the program.
      from: {path: '^src/', pathNot: WORKERS},
      to: {path: HEAVY, dependencyTypesNot: ['type-only', 'dynamic-import']},
    },
    {
      name: 'worker-code-stays-there',
      comment:
        'what imports tensorflow or onnxruntime is reached through worker.ts, which is started, or by import() to measure it',
      severity: 'error',
      from: {path: '^src/', pathNot: WORKERS},
      to: {
        path: '^src/adapters/(inference/(session|decoder)|embedder/starter/(worker|detector|text-encoder|label-vectors|weights)|captioner/(worker|caption-model)|(sound-classifier|voice-detector|transcriber)/(worker|speech-model)|embedder/dual-encoder/(worker|[a-z]+-tower))\\.ts$',
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'resolvable',
      comment: 'an import that leads nowhere; ffmpeg-static is optional and looked for at run time',
      severity: 'error',
      from: {},
      to: {couldNotResolve: true, pathNot: '^ffmpeg-static$'},
    },
  ],
  options: {
    doNotFollow: {path: ['node_modules', '^dist/']},
    tsConfig: {fileName: 'tsconfig.json'},
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types']},
  },
}
