import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {openModel} from '../../dist/adapters/llm/ryot/model.js'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {openRyot, type RyotEngine} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {writeRandomModel} from '../support/random-model.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
const PROMPT = Int32Array.of(1, 300, 290)

describe.skipIf(!allowed)(`what a model writes${allowed ? '' : ` (skipped: ${reason})`}`, () => {
  let folder: string
  let path: string
  let engine: RyotEngine
  let logits: number[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mediaforge-generation-'))
    path = join(folder, 'random.gguf')
    await writeRandomModel(path, {contextTokens: 1024, embedding: 128, feedForward: 128, heads: 2, kvHeads: 1})
    engine = new (openRyot().Engine)()
    await engine.load({path, threads: 1})
    logits = Array.from(await engine.read(PROMPT))
  })
  afterAll(async () => {
    await engine.close()
    await rm(folder, {recursive: true})
  })

  type Options = Omit<Parameters<RyotEngine['generate']>[0], 'tokens'>
  const write = async (
    options: Options,
    writer = engine,
    prompt = PROMPT,
  ): Promise<{tokens: number[]; pieces: string[]; text: string; ending: string}> => {
    const [tokens, pieces]: [number[], string[]] = [[], []]
    const {ending, restText, tokensWritten} = await writer.generate({tokens: prompt, anew: true, ...options}, (token, text) => {
      tokens.push(token)
      pieces.push(text)
    })
    expect(tokensWritten).toBe(tokens.length)
    return {tokens, pieces, text: pieces.join('') + restText, ending}
  }
  /** Which tokens come first, over many seeds, and how often. */
  const firstTokens = async (options: Omit<Options, 'maxTokens'>, seeds = 1500): Promise<Map<number, number>> => {
    const counts = new Map<number, number>()
    for (let seed = 0; seed < seeds; seed++) {
      const {tokens} = await write({...options, maxTokens: 1, seed})
      for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
    }
    return counts
  }
  const shares = (temperature: number): {token: number; share: number}[] => {
    const largest = Math.max(...logits)
    const weights = logits.map(logit => Math.exp((logit - largest) / temperature))
    const total = weights.reduce((sum, weight) => sum + weight)
    return weights.map((weight, token) => ({token, share: weight / total})).sort((a, b) => b.share - a.share)
  }
  const sorted = (tokens: Iterable<number>): number[] => Array.from(tokens).sort((a, b) => a - b)

  it('comes from a head in floats where an exact one is asked for', async () => {
    await using fast = await openModel(path, {threads: 1})
    await using exact = await openModel(path, {threads: 1, head: 'exact'})
    expect(exact.stats().memoryBytes).toBeGreaterThan(fast.stats().memoryBytes)
    expect((await exact.generate({prompt: 'the', maxTokens: 3})).tokensWritten).toBeGreaterThan(0)
  })

  it('is nearly the same where keys and values are kept in bytes, which take about half the memory', async () => {
    await using halves = await openModel(path, {threads: 1})
    await using bytes = await openModel(path, {threads: 1, kvCache: 'int8'})
    const {layers, kvHeads, headSize, positions} = {layers: 2, kvHeads: 1, headSize: 64, positions: 1024}
    const spared = halves.stats().memoryBytes - bytes.stats().memoryBytes
    const values = 2 * layers * kvHeads * positions * headSize
    expect(spared).toBeGreaterThan(values * 0.9)
    expect(spared).toBeLessThanOrEqual(values)
    const prompt = 'a small dog beside the grey sea'
    const [a, b] = [await halves.embed(prompt), await bytes.embed(prompt)]
    const cosine = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
    expect(cosine).toBeGreaterThan(0.9999)
    expect(cosine).toBeLessThan(1)
    expect((await bytes.generate({prompt, maxTokens: 5})).tokensWritten).toBe(5)
  })

  it('is the same for the same seed, whatever the number of threads, and another for another', async () => {
    const options = {maxTokens: 60, temperature: 2, topK: 50, topP: 0.95, repetitionPenalty: 1.1}
    const first = await write({...options, seed: 5})
    expect(await write({...options, seed: 5})).toEqual(first)
    for (const threads of [2, 3]) {
      const other = new (openRyot().Engine)()
      await other.load({path, threads})
      expect(await write({...options, seed: 5}, other)).toEqual(first)
      await other.close()
    }
    const texts = await Promise.all([6, -6, 0.5, 2 ** 60].map(seed => write({...options, seed})))
    expect(new Set([first, ...texts].map(({text}) => text)).size).toBe(5)
  })

  it('is what is most likely, where only that is left to choose from', async () => {
    const greedy = await write({maxTokens: 40})
    expect(greedy.tokens[0]).toBe(shares(1)[0]?.token)
    for (const options of [{topK: 1}, {topP: 0}, {minP: 1}]) {
      expect(await write({maxTokens: 40, temperature: 1000, seed: 3, ...options})).toEqual(greedy)
    }
  })

  it('comes as often as the temperature makes it likely', async () => {
    for (const temperature of [0.7, 1.5]) {
      const counts = await firstTokens({temperature})
      for (const {token, share} of shares(temperature).slice(0, 6)) {
        expect(Math.abs((counts.get(token) ?? 0) / 1500 - share)).toBeLessThan(0.03)
      }
    }
  })

  it('comes from among the most likely: so many, with such a share together, or as likely as such a share of the best', async () => {
    const [hot, warm] = [1000, 0.5]
    const topK = await firstTokens({temperature: hot, topK: 7})
    const likeliest = shares(hot)
      .slice(0, 7)
      .map(({token}) => token)
    expect(sorted(topK.keys())).toEqual(sorted(likeliest))

    const all = shares(warm)
    let sum = 0
    const nucleus = all.filter(({share}) => (sum += share) - share < 0.6).map(({token}) => token)
    expect(nucleus.length).toBeGreaterThan(2)
    expect(sorted((await firstTokens({temperature: warm, topP: 0.6})).keys())).toEqual(sorted(nucleus))

    const best = all[0]?.share ?? 0
    const likely = all.filter(({share}) => share >= 0.2 * best).map(({token}) => token)
    expect(likely.length).toBeGreaterThan(2)
    expect(sorted((await firstTokens({temperature: warm, minP: 0.2})).keys())).toEqual(sorted(likely))
  })

  it.each([{repetitionPenalty: 1e6}, {frequencyPenalty: 1e6}, {presencePenalty: 1e6}])(
    'does not come again within the window of a penalty: %j',
    async penalty => {
      const {tokens} = await write({maxTokens: 120, penaltyWindow: 16, ...penalty})
      const behind = (at: number): number[] =>
        [...PROMPT, ...tokens].slice(Math.max(0, at + PROMPT.length - 16), at + PROMPT.length)
      expect(tokens.filter((token, at) => behind(at).includes(token))).toEqual([])
      const greedy = await write({maxTokens: 120})
      expect(tokens).not.toEqual(greedy.tokens)
      expect(await write({maxTokens: 120, penaltyWindow: 0, ...penalty})).toEqual(greedy)
    },
  )

  it('is as much less likely as a penalty says: once, or for each time it came', async () => {
    const [best = 0, second = 0] = shares(1).map(({token}) => token)
    const prompt = Int32Array.of(1, second, best, best, best, ...PROMPT.slice(1))
    await engine.rewind(0)
    const plain = Array.from(await engine.read(prompt))
    const times = (token: number): number => prompt.filter(own => own === token).length
    const winners = new Set<number>()
    for (const penalty of [0, 0.3, 1, 2, 4]) {
      const expected = {
        frequencyPenalty: plain.map((logit, token) => logit - penalty * times(token)),
        presencePenalty: plain.map((logit, token) => logit - penalty * Math.min(1, times(token))),
        repetitionPenalty: plain.map((logit, token) => (times(token) === 0 ? logit : logit * (1 + penalty) ** -Math.sign(logit))),
      }
      for (const [name, logits] of Object.entries(expected)) {
        const value = name === 'repetitionPenalty' ? 1 + penalty : penalty
        const best = logits.indexOf(Math.max(...logits))
        winners.add(best)
        expect([name, penalty, (await write({maxTokens: 1, [name]: value}, engine, prompt)).tokens]).toEqual([
          name,
          penalty,
          [best],
        ])
      }
    }
    expect(winners.size).toBeGreaterThan(2)
  })

  it.each([
    {temperature: -1},
    {temperature: NaN},
    {topK: -1},
    {topP: 1.5},
    {minP: -0.1},
    {repetitionPenalty: 0},
    {presencePenalty: Infinity},
    {penaltyWindow: -1},
  ])('is refused for settings that leave nothing to choose from: %j', async settings => {
    await expect(write({maxTokens: 1, ...settings})).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(Object.keys(settings)[0] ?? ''),
    })
  })

  it('is told in whole characters, and all of it', async () => {
    const {tokens, pieces, text} = await write({maxTokens: 800, temperature: 1000, seed: 4})
    expect(`▁${text}`.replace('▁ ', '▁')).toBe(`▁${await engine.detokenize(Int32Array.from(tokens), {special: false})}`)
    expect(pieces.filter(piece => Buffer.from(piece).toString() !== piece)).toEqual([])
    expect(text).toMatch(/[\u0080-\ufffc]/)
  })

  it('ends before a text that ends it, of which no part is told', async () => {
    const options = {maxTokens: 300, temperature: 2, seed: 8}
    const free = await write(options)
    // What is no UTF-8 is told as U+FFFD, which nobody waits for.
    const runs = Array.from(free.text.matchAll(/[^\ufffd]{2,30}/g), ([run]) => run)
    expect(runs.length).toBeGreaterThan(8)
    for (const run of runs) {
      for (const stop of [run, run.slice(-1)]) {
        const {text, pieces, ending} = await write({...options, stopStrings: ['never written', stop, '']})
        expect([text, ending]).toEqual([free.text.slice(0, free.text.indexOf(stop)), 'stop'])
        expect(pieces.join('')).toBe(text)
      }
    }
  })

  it('is all told in the end where it only began like a text that ends it', async () => {
    const options = {maxTokens: 80, temperature: 2, seed: 8}
    const free = await write(options)
    const run = /[^\ufffd]{3,}$/.exec(free.text)?.[0] ?? ''
    expect(run).not.toBe('')
    const {text, pieces, ending} = await write({...options, stopStrings: [`${run} and more`]})
    expect([text, ending]).toEqual([free.text, 'length'])
    expect(pieces.join('')).toBe(free.text.slice(0, -run.length))
  })

  it('ends before a token that ends it', async () => {
    const options = {maxTokens: 80, temperature: 2, seed: 8}
    const free = await write(options)
    const stop = free.tokens[20] as number
    const {tokens, ending} = await write({...options, stopTokens: Int32Array.of(stop)})
    expect([tokens, ending]).toEqual([free.tokens.slice(0, free.tokens.indexOf(stop)), 'stop'])
  })
})
