import {truncateSync} from 'node:fs'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {TENSOR_TYPES, type TensorType} from '../../dist/adapters/gguf/tensor-types.js'
import {openModel} from '../../dist/adapters/llm/ryot/model.js'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {openRyot} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {writeRandomModel, type RandomModel} from '../support/random-model.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())

const EMBEDDING = 256
const SMALL: RandomModel = {embedding: EMBEDDING, feedForward: 256, heads: 2, kvHeads: 1}

let folder: string
let files = 0
/** One file a test: one that a model still reads must not be written anew. */
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-bad-models-'))
})
beforeEach(() => (path = join(folder, `${files++}.gguf`)))
afterEach(() => rm(path))
afterAll(() => rm(folder, {recursive: true}))

/** Where a tensor's type stands in the file's header, and where its bytes are. */
function find(file: Buffer, name: string): {type: number; data: number} {
  const at = file.indexOf(name) + name.length
  const dimensions = file.readUInt32LE(at)
  const type = at + 4 + dimensions * 8
  const lastName = 'blk.1.ffn_sub_norm.weight'
  const last = file.includes(lastName) ? lastName : 'blk.1.ffn_down.weight'
  const end = file.indexOf(last) + last.length
  const header = end + 4 + file.readUInt32LE(end) * 8 + 4 + 8
  return {type, data: Math.ceil(header / 32) * 32 + Number(file.readBigUInt64LE(type + 4))}
}

/** What opening it, and writing a word, ends with. */
async function failure(): Promise<unknown> {
  try {
    await using model = await openModel(path, {threads: 2})
    await model.generate({prompt: 'the dog', maxTokens: 3})
    return undefined
  } catch (error) {
    return error
  }
}

describe.skipIf(!allowed)(`a model with a fault${allowed ? '' : ` (skipped: ${reason})`}`, () => {
  it('works where it has none', async () => {
    await writeRandomModel(path, SMALL)
    expect(await failure()).toBeUndefined()
  })

  it.each([
    [13, 'Q5_K'],
    [18, 'IQ3_XXS'],
    [99, 'type 99'],
  ])('of a type that is not known names tensor, type and who can run it (%i)', async (type, name) => {
    await writeRandomModel(path, SMALL)
    const file = await readFile(path)
    file.writeUInt32LE(type, find(file, 'blk.1.ffn_up.weight').type)
    await writeFile(path, file)
    expect(await failure()).toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(new RegExp(`blk\\.1\\.ffn_up\\.weight.*${name}.*llama-cpp`)) as string,
      hint: expect.stringContaining('llama-cpp') as string,
    })
  })

  it.each([0, 32])('of which two tensors lie over each other, %i bytes apart, names both', async apart => {
    await writeRandomModel(path, SMALL)
    const file = await readFile(path)
    const {data} = find(file, 'blk.1.ffn_gate.weight')
    const up = find(file, 'blk.1.ffn_up.weight')
    const offset = file.readBigUInt64LE(up.type + 4)
    file.writeBigUInt64LE(offset - BigInt(up.data - data) + BigInt(apart), up.type + 4)
    await writeFile(path, file)
    expect(await failure()).toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(
        /blk\.1\.ffn_(gate|up)\.weight and blk\.1\.ffn_(gate|up)\.weight lie over each other/,
      ) as string,
    })
  })

  it('whose file is shortened while it is in use says so when it needs what is missing', async () => {
    await writeRandomModel(path, SMALL)
    await using model = await openModel(path, {threads: 2})
    truncateSync(path, 4096)
    expect((await model.tokenize('the dog')).length).toBeGreaterThan(1)
    await expect(model.generate({prompt: 'the dog', maxTokens: 3})).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('shortened') as string,
    })
  })

  it('whose file is shortened while it is being loaded is refused, or was read before', async () => {
    await writeRandomModel(path, {...SMALL, feedForward: 8192})
    const whole = await readFile(path)
    for (const delayMs of [0, 1, 2, 3, 5, 8, 12, 20]) {
      await writeFile(path, whole)
      const ended = failure()
      await sleep(delayMs)
      truncateSync(path, whole.length / 2)
      const error = await ended
      if (error !== undefined) expect(error).toMatchObject({code: 'MODEL_INVALID'})
    }
  })

  it('of an architecture that is not known names it and who can run it', async () => {
    await writeRandomModel(path, {...SMALL, header: {'general.architecture': 'mamba'}})
    expect(await failure()).toMatchObject({code: 'MODEL_INVALID', message: expect.stringMatching(/'mamba'.*llama-cpp/) as string})
  })

  /** Where each type's block has what becomes no number, and the bits of one. */
  const NOT_A_NUMBER: Record<Exclude<TensorType, 'I2_S'>, [offset: number, bits: number]> = {
    F32: [2, 0x7fc0],
    F16: [0, 0x7e00],
    BF16: [0, 0x7fc0],
    Q8_0: [0, 0x7e00],
    Q4_0: [0, 0x7e00],
    Q4_K: [2, 0x7c00],
    Q6_K: [208, 0x7c00],
    TQ1_0: [52, 0x7e00],
    TQ2_0: [64, 0x7c00],
  }

  it.each<[string, TensorType, RandomModel]>([
    ...(Object.keys(NOT_A_NUMBER) as TensorType[]).map(
      type => [`blk.1.ffn_up.weight`, type, {type}] as [string, TensorType, RandomModel],
    ),
    ['blk.0.attn_norm.weight', 'F32', {}],
    ['output_norm.weight', 'F32', {}],
    ['output.weight', 'Q6_K', {headType: 'Q6_K'}],
    ['output.weight', 'F16', {headType: 'F16'}],
    ['blk.1.attn_sub_norm.weight', 'F32', {architecture: 'bitnet', type: 'TQ2_0'}],
  ])('whose %s in %s holds what is no number is refused', async (name, type, model) => {
    await writeRandomModel(path, {...SMALL, ...model})
    const file = await readFile(path)
    const [offset, bits] = NOT_A_NUMBER[type as keyof typeof NOT_A_NUMBER]
    file.writeUInt16LE(bits, find(file, name).data + TENSOR_TYPES[type].blockBytes + offset)
    await writeFile(path, file)
    const pattern = new RegExp(`${name.replaceAll('.', '\\.')} holds`)
    expect(await failure()).toMatchObject({code: 'MODEL_INVALID', message: expect.stringMatching(pattern) as string})
  })

  it('whose word is made of what are no numbers is refused when the word is read', async () => {
    const words = await writeRandomModel(path, {...SMALL, embeddingType: 'F16', headType: 'F16'})
    const file = await readFile(path)
    const {data} = find(file, 'token_embd.weight')
    for (let word = 0; word < words; word++) file.writeUInt16LE(0x7e00, data + word * EMBEDDING * 2)
    await writeFile(path, file)
    expect(await failure()).toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('token_embd.weight') as string,
    })
  })

  it('of values that 16 bits do not hold names the tensor and who can run it', async () => {
    await writeRandomModel(path, {...SMALL, type: 'BF16', share: 1e9})
    expect(await failure()).toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/blk\.0\.attn_output\.weight.*llama-cpp/) as string,
    })
  })

  it('whose numbers grow beyond all measure still ends', async () => {
    await writeRandomModel(path, {...SMALL, share: 1e30, layers: 2})
    expect(await failure()).toBeUndefined()
  })

  it.each(['f16', 'int8'] as const)('whose values are beyond what its %s cache holds still tells tokens apart', async kvCache => {
    const grow = (name: string, values: Float32Array): void => {
      if (name.endsWith('attn_v')) values.forEach((value, i) => (values[i] = value * 1e25))
    }
    await writeRandomModel(path, {...SMALL, onTensor: grow})
    const engine = new (openRyot().Engine)()
    await engine.load({path, threads: 1, cache: kvCache})
    for (const token of [5, 6, 7]) {
      const logits = await engine.read(Int32Array.of(token))
      expect(logits.every(Number.isFinite)).toBe(true)
      expect(new Set(logits).size).toBeGreaterThan(100)
    }
    await engine.close()
  })

  it.each(['blk.0.attn_q.bias', 'output.bias', 'blk.0.attn_q_norm.weight', 'blk.0.attn_sub_norm.weight', 'blk.7.attn_q.weight'])(
    'with a tensor that would be left out names it and who can run it: %s',
    async name => {
      const more = {name, type: 'F32' as const, dimensions: [512], data: [new Uint8Array(512 * 4)]}
      await writeRandomModel(path, {...SMALL, tensors: [more]})
      expect(await failure()).toMatchObject({
        code: 'MODEL_INVALID',
        message: expect.stringMatching(`${name}.*llama-cpp`) as string,
      })
    },
  )

  it.each<[string, RandomModel['header']]>([
    ['heads that share nothing evenly', {'llama.attention.head_count_kv': 3}],
    ['no heads', {'llama.attention.head_count': 0}],
    ['a width of its own', {'llama.embedding_length': 500}],
    ['sums that 32 bits do not hold', {'llama.attention.head_count': 4096, 'llama.attention.key_length': 4096}],
    ['a stretch of nothing', {'llama.rope.scaling.type': 'linear', 'llama.rope.scaling.factor': {float: 0}}],
    ['a stretch that nobody knows', {'llama.rope.scaling.type': 'longrope'}],
    ['a text where a number belongs', {'llama.block_count': 'two'}],
    ['more layers than tensors', {'llama.block_count': 3}],
    ['norms without a sense', {'llama.attention.layer_norm_rms_epsilon': {float: -1}}],
    ['waves without a size', {'llama.rope.scaling.type': 'yarn', 'llama.rope.scaling.attn_factor': {float: NaN}}],
    ['more keys than anybody wrote', Object.fromEntries(Array.from({length: 70_000}, (_, i) => [`key.${i}`, 1]))],
    ['scores that are no numbers', {'tokenizer.ggml.scores': {floats: Array.from({length: 2000}, () => NaN)}}],
  ])('whose header tells of %s is refused', async (_, header) => {
    await writeRandomModel(path, {...SMALL, header: header ?? {}})
    expect(await failure()).toMatchObject({code: 'MODEL_INVALID'})
  })
})
