#!/usr/bin/env node
// TypeScript, native addons, and the files made from the compiled commands. Says nothing when all is well.
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, rmSync, statSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join, relative} from 'node:path'
import {execPath, stderr} from 'node:process'
import {fileURLToPath} from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCES = join(ROOT, 'src')
const OUTPUT = join(ROOT, 'dist')
// The engine is AVX-512 and POSIX through and through; whether it may be loaded is asked of cpuid.
const ADDONS = ['cpuid', ...(process.arch === 'x64' && process.platform === 'linux' ? ['ryot'] : [])]
const require = createRequire(import.meta.url)

compile()
removeOrphans()
for (const addon of ADDONS) buildAddon(addon)
// Imported only now: it loads the compiled commands.
const {generate} = await import('./generated.mjs')
await generate()

function compile() {
  // TypeScript trusts its record of what it wrote: where an output is gone, the record goes too.
  const missing = filesIn(SOURCES).some(path => path.endsWith('.ts') && !existsSync(join(OUTPUT, compiledName(path))))
  if (missing) rmSync(join(OUTPUT, '.tsbuildinfo'), {force: true})
  const done = spawnSync(execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json'], {cwd: ROOT, stdio: 'inherit'})
  if (done.status !== 0) process.exit(done.status ?? 1)
}

/** Without this a command that was renamed would go on being a command. */
function removeOrphans() {
  for (const path of filesIn(OUTPUT)) {
    const source = path.replace(/(\.d\.ts|\.js)$/, '.ts')
    if (source !== path && !existsSync(join(SOURCES, source))) rmSync(join(OUTPUT, path))
  }
}

function compiledName(path) {
  return path.replace(/\.ts$/, '.js')
}

function filesIn(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, {recursive: true, withFileTypes: true})
  return entries.filter(entry => entry.isFile()).map(entry => relative(folder, join(entry.parentPath, entry.name)))
}

/** Everything works without the addons, only slower: a machine with no compiler gets a warning, not a failure. */
function buildAddon(name) {
  const folder = join(ROOT, 'native', name)
  const built = join(folder, 'build', 'Release', `${name}.node`)
  const sources = filesIn(folder).filter(path => !path.startsWith('build'))
  const changedMs = Math.max(...sources.map(path => statSync(join(folder, path)).mtimeMs))
  if (existsSync(built) && statSync(built).mtimeMs >= changedMs) return
  const done = spawnSync(execPath, [nodeGyp(), 'rebuild', '-C', folder, '--loglevel=error', ...headers()], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (done.status === 0) return
  const lines = `${done.stderr}\n${done.stdout}`.split('\n')
  const why = lines.find(line => /error:/i.test(line))?.replace('gyp ERR! stack ', '') ?? `node-gyp ended with ${done.status}`
  stderr.write(
    `build: the native addon ${name} was not built, and is not needed (${why}). To have it: install python3, make and g++, then npm run build\n`,
  )
}

function nodeGyp() {
  return join(dirname(require.resolve('node-gyp/package.json')), 'bin', 'node-gyp.js')
}

/** The headers that came with this Node, so that node-gyp need not download them. */
function headers() {
  const prefix = dirname(dirname(execPath))
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
}
