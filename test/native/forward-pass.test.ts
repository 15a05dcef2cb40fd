import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {openRyot} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {logitsOf, type PlainModel} from '../support/forward-pass.js'
import {writeRandomModel, type RandomModel} from '../support/random-model.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())

/** Sizes of which ternary weights get scales that floats of any width hold as they are: the same weights are the same in each type. */
const SHAPE = {layers: 2, embedding: 256, feedForward: 1024, share: 0.125, heads: 4, kvHeads: 2, contextTokens: 64} as const
const LLAMA = {ropeBase: 10_000, ropePairs: 'neighbours', gate: 'silu', hasSubNorms: false} as const
const BITNET = {ropeBase: 10_000, ropePairs: 'halves', gate: 'silu', hasSubNorms: true} as const
/** BitNet b1.58 2B4T: Llama 3's base, and squared ReLU (So et al. 2021, arXiv 2109.08668) for SiLU. */
const BITNET_2B = {...BITNET, ropeBase: 500_000, gate: 'squared-relu'} as const
const base = (architecture: string): NonNullable<RandomModel['header']> => ({
  [`${architecture}.rope.freq_base`]: {float: 500_000},
})

type Rules = Pick<PlainModel, 'ropeBase' | 'ropePairs' | 'gate' | 'hasSubNorms'>
const MODELS: [string, RandomModel, Rules][] = [
  ['llama in F32', {type: 'F32'}, LLAMA],
  ['llama in TQ2_0', {type: 'TQ2_0'}, LLAMA],
  ['bitnet in TQ1_0', {architecture: 'bitnet', type: 'TQ1_0'}, BITNET],
  ['bitnet in I2_S', {architecture: 'bitnet', type: 'I2_S'}, BITNET],
  ['bitnet-b1.58 in F32', {architecture: 'bitnet-b1.58', type: 'F32', header: base('bitnet-b1.58')}, BITNET_2B],
  ['bitnet-b1.58 in TQ2_0', {architecture: 'bitnet-b1.58', type: 'TQ2_0', header: base('bitnet-b1.58')}, BITNET_2B],
  ['bitnet-b1.58 in I2_S', {architecture: 'bitnet-b1.58', type: 'I2_S', header: base('bitnet-b1.58')}, BITNET_2B],
  ['bitnet-25 in I2_S', {architecture: 'bitnet-25', type: 'I2_S', header: base('bitnet-25')}, BITNET_2B],
]

describe.skipIf(!allowed)(`beside a forward pass in plain loops${allowed ? '' : ` (skipped: ${reason})`}`, () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mediaforge-forward-'))
  })
  afterAll(() => rm(folder, {recursive: true}))

  it.each(MODELS)('%s gives the same logits, token by token and as a prompt', async (name, model, rules) => {
    const path = join(folder, `${name}.gguf`)
    const {plain, tokens} = await write(path, model, rules)
    const {found, prompt} = await read(path, tokens)
    const wanted = logitsOf(plain, tokens)
    const differences = found.map((one, i) => relativeDifference(one, wanted[i] as Float64Array)).sort((a, b) => a - b)
    // A sum that lies at the border of two integers is rounded to either, and all that follows moves a little.
    expect(differences.at(-1)).toBeLessThan(2e-3)
    expect(differences[Math.floor(tokens.length / 2)]).toBeLessThan(5e-6)
    expect(relativeDifference(prompt, Float64Array.from(found.at(-1) as Float32Array))).toBeLessThan(5e-6)
  })

  it('a prompt of several batches has the logits of the plain pass', async () => {
    const path = join(folder, 'long.gguf')
    const small = {feedForward: 256, kvHeads: 1, layers: 1, contextTokens: 600}
    const {plain, vocabulary} = await write(
      path,
      {architecture: 'bitnet-b1.58', type: 'I2_S', ...small},
      {...BITNET_2B, ropeBase: 10_000},
    )
    const tokens = Array.from({length: 550}, (_, i) => (i * i * 31 + i * 97 + 5) % vocabulary)
    const {prompt} = await read(path, tokens, {contextTokens: 600, isPromptAlone: true})
    expect(relativeDifference(prompt, logitsOf(plain, tokens).at(-1) as Float64Array)).toBeLessThan(2e-3)
  })

  it('a cache of bytes moves the logits by less than a hundredth', async () => {
    const path = join(folder, 'bytes.gguf')
    const {tokens} = await write(path, {type: 'F32'}, LLAMA)
    const halves = (await read(path, tokens)).found.map(one => Float64Array.from(one))
    const bytes = (await read(path, tokens, {cache: 'int8'})).found
    const differences = bytes.map((one, i) => relativeDifference(one, halves[i] as Float64Array))
    expect(Math.max(...differences)).toBeLessThan(1e-2)
    expect(Math.max(...differences)).toBeGreaterThan(0)
  })

  it.each<[string, Partial<Rules>]>([
    ['another gate', {gate: 'silu'}],
    ['no norms within a layer', {hasSubNorms: false}],
    ['pairs of neighbours', {ropePairs: 'neighbours'}],
    ['another base of the waves', {ropeBase: 10_000}],
  ])('a model of BitNet 2B4T with %s would be told from it', async (_, wrong) => {
    const path = join(folder, 'told.gguf')
    const {plain, tokens} = await write(
      path,
      {architecture: 'bitnet-b1.58', type: 'I2_S', header: base('bitnet-b1.58')},
      BITNET_2B,
    )
    const {found} = await read(path, tokens)
    const others = logitsOf({...plain, ...wrong}, tokens)
    expect(relativeDifference(found.at(-1) as Float32Array, others.at(-1) as Float64Array)).toBeGreaterThan(1e-2)
  })

  it('the same ternary weights give the same bits in I2_S, TQ1_0 and TQ2_0', async () => {
    const logits = []
    for (const type of ['I2_S', 'TQ1_0', 'TQ2_0'] as const) {
      const path = join(folder, `${type}.gguf`)
      const {tokens} = await write(path, {architecture: 'bitnet-b1.58', type}, BITNET_2B)
      logits.push((await read(path, tokens)).found)
    }
    expect(logits[1]).toEqual(logits[0])
    expect(logits[2]).toEqual(logits[0])
  })
})

async function write(
  path: string,
  model: RandomModel,
  rules: Rules,
): Promise<{plain: PlainModel; vocabulary: number; tokens: number[]}> {
  const weights = new Map<string, Float32Array>()
  const shape = {...SHAPE, ...model}
  const vocabulary = await writeRandomModel(path, {...shape, onTensor: (name, values) => weights.set(name, values)})
  const tokens = Array.from({length: 20}, (_, i) => (i * 97 + 5) % vocabulary)
  return {plain: {...shape, ...rules, roundsActivations: model.type !== 'F32', weights}, vocabulary, tokens}
}

/** The logits behind each token, and behind all of them read at once. The head is not rounded to 8 bits. */
async function read(
  path: string,
  tokens: readonly number[],
  options: {contextTokens?: number; cache?: 'f16' | 'int8'; isPromptAlone?: boolean} = {},
): Promise<{found: Float32Array[]; prompt: Float32Array}> {
  const {isPromptAlone = false, ...given} = options
  const engine = new (openRyot().Engine)()
  await engine.load({path, threads: 2, head: 'exact', contextTokens: SHAPE.contextTokens, ...given})
  const found: Float32Array[] = []
  for (const token of isPromptAlone ? [] : tokens) found.push(await engine.read(Int32Array.of(token)))
  await engine.rewind(0)
  const prompt = await engine.read(Int32Array.from(tokens))
  await engine.close()
  return {found, prompt}
}

function relativeDifference(ours: ArrayLike<number>, theirs: Float64Array): number {
  const difference = theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - (ours[i] as number))), 0)
  return difference / theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}
