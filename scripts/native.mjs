// How the addons in native/ are compiled: by `npm run build` for this machine, by `npm run prebuilds` for publishing.
import {execFileSync, spawnSync} from 'node:child_process'
import {existsSync, readdirSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {env, execPath} from 'node:process'

const require = createRequire(import.meta.url)

/** The engine is AVX-512 and POSIX through and through; whether it may be loaded is asked of cpuid. */
export const ADDONS = ['cpuid', ...(process.arch === 'x64' && process.platform === 'linux' ? ['ryot'] : [])]

/**
 * The first byte of an encoding says what an instruction needs, whatever its operands are (Intel's manual, volume 2, 2.3 and 2.7): in
 * 64-bit code 62 begins AVX-512 (EVEX) and nothing else, C4 and C5 begin AVX and the instructions on masks (VEX). Before it may stand
 * only prefixes of segment and address size.
 */
const ENCODED_AS_AVX = /^ *[\da-f]+:\t(?:(?:26|2e|36|3e|64|65|67) )*(?:62|c4|c5) .*$/gm

/** An addon's code with its bytes, a line an instruction. */
export function disassembled(addon) {
  return execFileSync('objdump', ['-d', '--wide', addon], {encoding: 'utf8', maxBuffer: 1 << 28})
}

/** The instructions of x64 code that an old processor lacks. */
export function beyondSse(code) {
  return code.match(ENCODED_AS_AVX) ?? []
}

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
