import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {openRyot, type RyotEngine} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {runModule} from '../support/child.js'
import {writeHollowModel} from '../support/gguf.js'
import {writeRandomModel} from '../support/random-model.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
const where = allowed ? '' : ` (skipped: ${reason})`

let folder: string
/** Answers at once. */
let small: string
/** Takes long enough to be interrupted while it writes. */
let large: string
/** Takes long enough to be interrupted while it loads. */
let hollow: string
beforeAll(async () => {
  if (!allowed) return
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-lifecycle-'))
  small = join(folder, 'small.gguf')
  large = join(folder, 'large.gguf')
  hollow = join(folder, 'hollow.gguf')
  await writeHollowModel(hollow)
  await writeRandomModel(small)
  await writeRandomModel(large, {embedding: 1024, feedForward: 2816, layers: 2, contextTokens: 4096})
})
afterAll(async () => {
  if (allowed) await rm(folder, {recursive: true})
})

async function open(path: string, contextTokens = 512): Promise<RyotEngine> {
  const engine = new (openRyot().Engine)()
  await engine.load({path, threads: 1, contextTokens})
  return engine
}

const cancelled = expect.objectContaining({code: 'CANCELLED'}) as Error

describe.skipIf(!allowed)(`an engine${where}`, () => {
  it('ends the call of an id, and goes on with the next', async () => {
    const engine = await open(large, 4096)
    const long = engine.generate({id: 1, tokens: Int32Array.of(1), anew: true, maxTokens: 4000}, () => engine.abort(1))
    const next = engine.generate({id: 2, tokens: Int32Array.of(1), anew: true, maxTokens: 3}, () => undefined)
    await expect(long).rejects.toThrow(cancelled)
    expect(await next).toMatchObject({ending: 'length', tokensWritten: 3})
    await engine.close()
  })

  it('ends a call that waits while another one runs on', async () => {
    const engine = await open(large, 4096)
    let ended = false
    const long = engine
      .generate({id: 1, tokens: Int32Array.of(1), anew: true, maxTokens: 4000}, () => undefined)
      .finally(() => (ended = true))
    const waiting = engine.generate({id: 2, tokens: Int32Array.of(1), anew: true, maxTokens: 3}, () => undefined)
    engine.abort(2)
    await expect(waiting).rejects.toThrow(cancelled)
    expect(ended).toBe(false)
    engine.abort(1)
    await expect(long).rejects.toThrow(cancelled)
    await engine.close()
  })

  it('serves calls in the order they came', async () => {
    const engine = await open(small)
    const order: number[] = []
    const calls = [1, 2, 3].map(id =>
      engine.generate({id, tokens: Int32Array.of(id), anew: true, maxTokens: 20}, () => order.push(id)),
    )
    await Promise.all(calls)
    expect(order).toEqual([1, 2, 3].flatMap(id => Array.from({length: 20}, () => id)))
    await engine.close()
  })

  it('works beside another one', async () => {
    const [first, second] = await Promise.all([open(large, 4096), open(small)])
    let ended = false
    const long = first
      .generate({id: 1, tokens: Int32Array.of(1), anew: true, maxTokens: 4000}, () => undefined)
      .finally(() => (ended = true))
    await second.generate({tokens: Int32Array.of(1), anew: true, maxTokens: 5}, () => undefined)
    expect(ended).toBe(false)
    first.abort()
    await expect(long).rejects.toThrow(cancelled)
    await Promise.all([first.close(), second.close()])
  })

  it('may be closed at any time and twice, and says so when it is used then', async () => {
    const engine = await open(large)
    const running = engine.generate({tokens: Int32Array.of(1), anew: true, maxTokens: 400}, () => undefined)
    const waiting = engine.embed(Int32Array.of(1))
    const rejected = Promise.all([expect(running).rejects.toThrow(cancelled), expect(waiting).rejects.toThrow(cancelled)])
    await Promise.all([engine.close(), engine.close()])
    await rejected
    await engine.close()
    engine.abort()
    expect(() => engine.embed(Int32Array.of(1))).toThrow('closed')

    const loading = new (openRyot().Engine)()
    const load = expect(loading.load({path: large, threads: 1})).rejects.toThrow(cancelled)
    await loading.close()
    await load
  })

  it('can be stopped while it loads, and loaded after that', async () => {
    const engine = new (openRyot().Engine)()
    const load = engine.load({id: 1, path: hollow, threads: 1})
    setTimeout(() => engine.abort(1), 10)
    await expect(load).rejects.toThrow(cancelled)
    expect(await engine.load({path: small, threads: 1})).toMatchObject({architecture: 'llama'})
    await engine.close()
  })
})

const HEAD = `
const {openRyot} = await import(DIST + 'adapters/native/ryot.js')
const {Engine} = openRyot()
const one = Int32Array.of(1)
async function open(path) {
  const engine = new Engine()
  await engine.load({path, threads: 2, contextTokens: 512})
  return engine
}
`

describe.skipIf(!allowed)(`a process that uses engines${where}`, () => {
  it.each([
    ['while a model loads', `new Engine().load({path: ARGS.hollow, threads: 2}); setTimeout(() => process.exit(7), 15)`],
    ['from a callback', `(await open(ARGS.large)).generate({tokens: one, maxTokens: 400}, () => process.exit(7))`],
    [
      'between two tokens',
      `(await open(ARGS.large)).generate({tokens: one, maxTokens: 400}, () => setImmediate(() => process.exit(7)))`,
    ],
    ['while a model is freed', `const engine = await open(ARGS.large); void engine.close(); process.exit(7)`],
    ['beside several models', `await Promise.all([open(ARGS.large), open(ARGS.small), open(ARGS.small)]); process.exit(7)`],
  ])('may exit %s', async (_, source) => {
    for (let round = 0; round < 5; round++)
      expect(await runModule(HEAD + source, {small, large, hollow})).toMatchObject({code: 7, stderr: ''})
  })

  it('ends by itself with a model that nobody closed, and with one where nobody waits', async () => {
    expect(await runModule(`${HEAD} await open(ARGS.small)`, {small})).toMatchObject({code: 0, stderr: ''})
    expect(await runModule(`${HEAD} new Engine()`, {})).toMatchObject({code: 0, stderr: ''})
  })

  it('does not end while somebody waits for an answer', async () => {
    const source = `const {tokensWritten} = await (await open(ARGS.large)).generate({tokens: one, maxTokens: 50}, () => {}); console.log(tokensWritten)`
    expect(await runModule(HEAD + source, {large})).toMatchObject({code: 0, stdout: '50\n'})
  })

  it('gets an answer from an engine that it forgot', async () => {
    const source = `const {tokensWritten} = await (await open(ARGS.small)).generate({tokens: one, maxTokens: 50}, () => globalThis.gc()); console.log(tokensWritten)`
    expect(await runModule(HEAD + source, {small}, ['--expose-gc'])).toMatchObject({code: 0, stdout: '50\n', stderr: ''})
  })

  it('may end threads of its own that use them', async () => {
    const inside = `${HEAD}
      const {parentPort} = await import('node:worker_threads')
      const engine = await open(ARGS.large)
      engine.generate({tokens: one, maxTokens: 400}, token => parentPort.postMessage(token))
      new Engine().load({path: ARGS.large, threads: 2})`
    const source = `
      import {Worker} from 'node:worker_threads'
      const inside = new URL('data:text/javascript,' + encodeURIComponent(ARGS.inside))
      for (let round = 0; round < 25; round++) {
        const worker = new Worker(inside)
        await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
        await worker.terminate()
      }
      console.log('done')`
    const head = `const DIST = ${JSON.stringify(new URL('../../dist/', import.meta.url).href)}, ARGS = ${JSON.stringify({large})}\n`
    expect(await runModule(source, {inside: head + inside})).toMatchObject({code: 0, stdout: 'done\n', stderr: ''})
  })

  it('gets back the memory and the threads of models that it forgot', async () => {
    const source = `${HEAD}
      import {readdirSync} from 'node:fs'
      const threads = () => readdirSync('/proc/self/task').length
      await (await open(ARGS.small)).close()
      const before = threads()
      for (let i = 0; i < 10; i++) await open(ARGS.small)
      const between = threads()
      for (let i = 0; i < 100 && threads() > before; i++) {
        globalThis.gc()
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      console.log(between > before, threads() - before)`
    expect(await runModule(source, {small}, ['--expose-gc'])).toMatchObject({code: 0, stdout: 'true 0\n', stderr: ''})
  })
})
