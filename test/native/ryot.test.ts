import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {ggufHead} from '../../dist/adapters/gguf/write-gguf.js'
import {openRyot} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {describeWithFixtures} from '../support/fixtures.js'
import {STORY, STORY_TOKENS, writeStories} from '../support/llama2c.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
const where = allowed ? '' : ` (skipped: ${reason})`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-ryot-'))
})
afterAll(() => rm(folder, {recursive: true}))

describe.skipIf(allowed)('the engine on a machine that cannot run it', () => {
  it('is not loaded, and says why', () => {
    expect(() => openRyot()).toThrow(reason)
  })
})

describe.skipIf(!allowed)(`the kernels${where}`, () => {
  const sizesOf = (seed: number) => ({
    rows: 1 + ((seed * 37) % 200),
    columns: 1 + ((seed * 53) % 600),
    tokens: 1 + (seed % 26),
    threads: 1 + (seed % 3),
    seed,
    ...(seed % 4 === 0 && {values: 'extreme' as const}),
    activations: seed % 5 < 3 ? ('token' as const) : ('q8k' as const),
  })

  it('give the same integers as the reference, at odd sizes and of extreme values, for any number of tokens and threads', () => {
    const {kernelNames, check} = openRyot()
    expect(kernelNames()).toEqual(expect.arrayContaining(['scalar', 'table', 'vnni']))
    for (const kernel of kernelNames()) {
      for (let seed = 1; seed <= 120; seed++) {
        const run = {step: 'ternary', kernel, ...sizesOf(seed), scales: seed % 2 === 0 ? 'row' : 'block'} as const
        expect([run, check(run).differing]).toEqual([run, 0])
      }
    }
  })

  it.each([1536, 2560, 3200, 6912, 8640, 14_336])(
    'give the same integers in layers of %i columns, of the largest values',
    columns => {
      const {kernelNames, check} = openRyot()
      for (const kernel of kernelNames()) {
        for (const tokens of [1, 3, 12, 13]) {
          for (const values of ['extreme', undefined] as const) {
            const size = {rows: 65, columns, tokens, threads: 2, seed: columns + tokens}
            const run = {step: 'ternary', kernel, ...size, scales: 'row', ...(values && {values})} as const
            expect([run, check(run).differing]).toEqual([run, 0])
          }
        }
      }
      for (const type of ['Q4_0', 'Q8_0', 'Q4_K', 'Q6_K']) {
        const run = {step: 'coded', type, rows: 65, columns, tokens: 3, threads: 2, seed: columns, values: 'extreme'} as const
        expect([run, check(run).differing]).toEqual([run, 0])
      }
    },
  )

  it.each(['Q4_0', 'Q8_0', 'Q4_K', 'Q6_K'])('multiply %s as the reference does from the bytes of the file', type => {
    for (let seed = 1; seed <= 60; seed++) {
      const run = {step: 'coded', type, ...sizesOf(seed)} as const
      expect([run, openRyot().check(run).differing]).toEqual([run, 0])
    }
  })

  it.each(['Q6_K', 'Q8_0', 'F16'])('multiply a head of %s as the reference does', type => {
    for (let seed = 1; seed <= 60; seed++) {
      const run = {step: 'head', type, ...sizesOf(seed)} as const
      expect([run, openRyot().check(run).differing]).toEqual([run, 0])
    }
  })

  it('hold the largest sums that there can be in the widest layers that are allowed', () => {
    const {kernelNames, check} = openRyot()
    for (const kernel of kernelNames()) {
      for (const tokens of [1, 2]) {
        const run = {step: 'ternary', kernel, rows: 3, columns: 1 << 19, tokens, threads: 1, seed: 1, values: 'largest'} as const
        expect([run, check(run).differing]).toEqual([run, 0])
      }
    }
  })

  it('multiply a head as wide as is allowed without losing a sum', () => {
    for (const values of ['extreme', undefined] as const) {
      const run = {
        step: 'head',
        type: 'F16',
        rows: 65,
        columns: 1 << 17,
        tokens: 1,
        threads: 2,
        seed: 1,
        ...(values && {values}),
      } as const
      expect([run, openRyot().check(run).differing]).toEqual([run, 0])
    }
  })

  it.each([
    ['attention', 'f16'],
    ['attention', 'int8'],
    ['norm', 'f32'],
    ['silu', 'f32'],
    ['relu2', 'f32'],
    ['rope', 'halves'],
    ['rope', 'neighbours'],
  ] as const)('do %s (%s) as the definition in 64 bits does, to the last digits of a float', (step, type) => {
    for (let seed = 1; seed <= 60; seed++) {
      const run = {step, type, ...sizesOf(seed)}
      expect(openRyot().check(run).largestError, JSON.stringify(run)).toBeLessThan(step === 'rope' ? 1e-4 : 1e-5)
    }
  })

  it('names a kernel that is not there', () => {
    expect(() => openRyot().measureKernel({kernel: 'x', rows: 1, columns: 1, tokens: 1, threads: 1})).toThrow('no kernel')
  })
})

describe.skipIf(!allowed)(`a file that is no model${where}`, () => {
  const load = async (name: string, bytes: Buffer): Promise<unknown> => {
    const path = join(folder, name)
    await writeFile(path, bytes)
    const engine = new (openRyot().Engine)()
    try {
      return await engine.load({path, threads: 1}).catch((error: unknown) => error)
    } finally {
      await engine.close()
    }
  }
  const header = {'general.architecture': 'llama'}
  const tensor = {name: 'a', type: 'F32' as const, dimensions: [4, 4]}
  const data = Buffer.alloc(64)
  const whole = Buffer.concat([ggufHead(header, [tensor]), data])

  it.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), 'empty'],
    ['text', Buffer.from('hello, this is no model at all'), 'no GGUF'],
    ['cut', whole.subarray(0, 60), 'header'],
    ['short', whole.subarray(0, -32), 'ends before tensor a'],
    ['bare', whole, 'llama.embedding_length'],
    ['other', ggufHead({'general.architecture': 'gpt2'}, []), "'gpt2' is not known"],
  ])('%s is refused with its reason', async (name, bytes, message) => {
    expect(await load(name, bytes)).toMatchObject({code: 'MODEL_INVALID', message: expect.stringContaining(message) as string})
  })

  it('survives any byte being another one', async () => {
    const head = ggufHead({...header, 'llama.embedding_length': 4}, [tensor, {...tensor, name: 'b'}])
    for (let at = 0; at < head.length; at++) {
      const bytes = Buffer.concat([head, data, data])
      bytes[at] = (at * 167 + 255) & 255
      expect(await load('flipped', bytes)).toMatchObject({code: 'MODEL_INVALID'})
    }
  })
})

describeWithFixtures('a model that writes stories', fixtures => {
  it.skipIf(!allowed)(`tells the one it is known for${where}`, async () => {
    const path = join(folder, 'stories.gguf')
    await writeStories(path, fixtures)
    const tell = async (threads: number): Promise<string> => {
      const engine = new (openRyot().Engine)()
      let story = ''
      expect(await engine.load({path, threads, head: 'exact'})).toMatchObject({architecture: 'llama', layers: 5, vocabulary: 512})
      const request = {tokens: Int32Array.of(1), maxTokens: STORY_TOKENS}
      expect(await engine.generate(request, (_, text) => (story += text))).toMatchObject({
        ending: 'length',
        tokensRead: 1,
        tokensWritten: STORY_TOKENS,
      })
      await engine.close()
      return story.trim()
    }
    expect(await tell(1)).toBe(STORY)
    expect(await tell(3)).toBe(STORY)
  })

  it.skipIf(!allowed)(`refuses what does not fit into its context, and goes on${where}`, async () => {
    const path = join(folder, 'small.gguf')
    await writeStories(path, fixtures)
    const engine = new (openRyot().Engine)()
    await engine.load({path, threads: 1, contextTokens: 8})
    await expect(engine.read(new Int32Array(9).fill(1))).rejects.toMatchObject({code: 'CONTEXT_FULL'})
    await expect(engine.read(Int32Array.of(512))).rejects.toMatchObject({code: 'TOKEN_INVALID'})
    const logits = await engine.read(Int32Array.of(1, 2, 3))
    expect(logits).toHaveLength(512)
    await engine.rewind(0)
    expect(await engine.read(Int32Array.of(1, 2, 3))).toEqual(logits)
    await engine.close()
    expect(() => engine.read(Int32Array.of(1))).toThrow('closed')
  })
})
