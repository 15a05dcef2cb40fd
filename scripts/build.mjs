#!/usr/bin/env node
// TypeScript, native addons, and the files made from the compiled commands. Says nothing when all is well.
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, rmSync, statSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join, relative} from 'node:path'
import {execPath, stderr} from 'node:process'
import {fileURLToPath} from 'node:url'
import {ADDONS, compilerEnvironment, nodeGyp} from './native.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCES = join(ROOT, 'src')
const OUTPUT = join(ROOT, 'dist')
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
  const sources = filesIn(folder).filter(path => !/^(pre)?builds?\//.test(path))
  const changedMs = Math.max(...sources.map(path => statSync(join(folder, path)).mtimeMs))
  if (existsSync(built) && statSync(built).mtimeMs >= changedMs) return
  const done = spawnSync(execPath, [nodeGyp(), 'rebuild', '-C', folder, '--loglevel=error'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: compilerEnvironment(),
  })
  if (done.status === 0) return
  const lines = `${done.stderr}\n${done.stdout}`.split('\n')
  const why = lines.find(line => /error:/i.test(line))?.replace('gyp ERR! stack ', '') ?? `node-gyp ended with ${done.status}`
  stderr.write(
    `build: the native addon ${name} was not built, and is not needed (${why}). To have it: install python3, make and g++, then npm run build\n`,
  )
}
