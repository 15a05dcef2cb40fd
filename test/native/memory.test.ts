import {execFile} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {runModule} from '../support/child.js'
import {writeRandomModel} from '../support/random-model.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
const able = allowed && process.platform === 'linux'
const where = able ? '' : ` (skipped: ${allowed ? 'limits are set as Linux does' : reason})`
const STARVE = fileURLToPath(new URL('../support/starve.c', import.meta.url))

let folder: string
let small: string
let large: string
/** Preloaded, it refuses memory to the engine's threads. */
let starve: string
beforeAll(async () => {
  if (!able) return
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-memory-'))
  small = join(folder, 'small.gguf')
  large = join(folder, 'large.gguf')
  starve = join(folder, 'starve.so')
  await writeRandomModel(small, {contextTokens: 2048})
  await writeRandomModel(large, {embedding: 1024, feedForward: 2816, layers: 2, contextTokens: 4096})
  await promisify(execFile)('g++', ['-x', 'c', '-O1', '-shared', '-fPIC', '-o', starve, STARVE, '-ldl', '-pthread'])
})
afterAll(async () => {
  if (able) await rm(folder, {recursive: true})
})

const HEAD = `
const {openRyot} = await import(DIST + 'adapters/native/ryot.js')
const {Engine} = openRyot()
`

describe.skipIf(!able)(`a machine with little memory${where}`, () => {
  it.each([48, 96, 160, 320])('ends loading with an error, never with the process (%i MB)', async megabytes => {
    const source = `${HEAD}
      import {execFileSync} from 'node:child_process'
      import {readFileSync} from 'node:fs'
      const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0])
      execFileSync('prlimit', ['--pid', process.pid, '--as=' + (pages * 4096 + ARGS.megabytes * 2 ** 20)])
      for (const [threads, cache] of [[1, 'f16'], [4, 'int8'], [16, 'f16']]) {
        const engine = new Engine()
        const told = await engine.load({path: ARGS.large, threads, cache, contextTokens: 4096}).catch(error => error)
        if (!('architecture' in told)) console.log(told.code)
        await engine.close()
      }`
    const {code, stdout, stderr} = await runModule(source, {large, megabytes})
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    const told = stdout.split('\n').filter(line => line !== '')
    expect(told.every(line => line === 'OUT_OF_MEMORY')).toBe(true)
    if (megabytes < 100) expect(told).toHaveLength(3)
  })

  it.each([
    ['load', 'engine => engine.load({path: ARGS.small, threads: 2})'],
    ['read', 'engine => engine.read(Int32Array.from({length: 600}, (_, i) => i % 100))'],
    ['embed', 'engine => engine.embed(Int32Array.from({length: 600}, (_, i) => i % 100))'],
    [
      'generate',
      `async engine => {
        const tokens = []
        const options = {anew: true, maxTokens: 12, temperature: 1, topK: 20, seed: 1, stopStrings: ['never']}
        await engine.generate({...options, tokens: Int32Array.of(1, 5)}, token => tokens.push(token))
        return tokens
      }`,
    ],
    ['tokenize', `engine => engine.tokenize('a few words of a text, and not one of them known', {})`],
    ['detokenize', 'engine => engine.detokenize(Int32Array.from({length: 50}, (_, i) => i + 3), {})'],
  ])('ends a call with an error wherever it runs out, and serves the next one: %s', async (_, call) => {
    // Each allocation that a call makes is once the first that fails, until a call gets by without the next one.
    const source = `${HEAD}
      const call = ${call}
      const engine = new Engine()
      const load = () => engine.load({path: ARGS.small, threads: 2, contextTokens: 2048})
      await load()
      const wanted = JSON.stringify(await call(engine))
      await load()
      const codes = new Set()
      let failed = 0
      for (let at = 1; ; at++) {
        process.env.STARVE_AT = String(at)
        const answer = await call(engine).catch(error => error)
        delete process.env.STARVE_AT
        if (!(answer instanceof Error)) break
        codes.add(answer.code)
        failed++
      }
      await load()
      console.log(JSON.stringify({codes: [...codes], failed, same: JSON.stringify(await call(engine)) === wanted}))
      await engine.close()`
    const {code, stdout, stderr} = await runModule(source, {small}, [], {LD_PRELOAD: starve})
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    expect(JSON.parse(stdout)).toEqual({codes: ['OUT_OF_MEMORY'], failed: expect.any(Number) as number, same: true})
    expect((JSON.parse(stdout) as {failed: number}).failed).toBeGreaterThan(0)
  })
})
