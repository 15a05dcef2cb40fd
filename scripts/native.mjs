// How the addons in native/ are compiled: by `npm run build` for this machine, by `npm run prebuilds` for publishing.
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {env, execPath} from 'node:process'

const require = createRequire(import.meta.url)

/** The engine is AVX-512 and POSIX through and through; whether it may be loaded is asked of cpuid. */
export const ADDONS = ['cpuid', ...(process.arch === 'x64' && process.platform === 'linux' ? ['ryot'] : [])]

export function nodeGyp() {
  return join(dirname(require.resolve('node-gyp/package.json')), 'bin', 'node-gyp.js')
}

/** What node-gyp is started with: the headers that came with this Node, so that it need not download them, and the better compiler. */
export function compilerEnvironment() {
  const prefix = dirname(dirname(execPath))
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? {npm_config_nodedir: prefix} : {}
  return {...env, ...headers, ...compilers()}
}

/** clang where it is there: see docs/decisions/0018-language-models.md. Who sets CC or CXX has chosen. */
function compilers() {
  if (env.CC !== undefined || env.CXX !== undefined || process.platform !== 'linux') return {}
  const suffix = clangSuffix()
  return suffix === undefined ? {} : {CC: `clang${suffix}`, CXX: `clang++${suffix}`}
}

/** Debian calls it `clang-14` where nobody installed the package that is `clang`. The newest counts, and only one that can link C++. */
function clangSuffix() {
  const versions = (env.PATH ?? '')
    .split(':')
    .flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []))
    .map(name => /^clang\+\+-(\d+)$/.exec(name)?.[1])
    .filter(version => version !== undefined)
    .sort((a, b) => Number(b) - Number(a))
  const suffixes = ['', ...versions.map(version => `-${version}`)]
  return suffixes.find(suffix => {
    const program = '#include <vector>\nint main() { return std::vector<int>().size(); }'
    const tried = spawnSync(`clang++${suffix}`, ['-x', 'c++', '-', '-o', '/dev/null'], {input: program})
    return tried.status === 0
  })
}
