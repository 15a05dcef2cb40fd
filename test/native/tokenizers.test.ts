import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {LlamaModel} from 'node-llama-cpp'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {promptTokens} from '../../dist/adapters/llm/llama-cpp/prompt-tokens.js'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {openRyot} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {describeWithFixtures} from '../support/fixtures.js'
import {openLlamaCpp} from '../support/llama-vocabulary.js'
import {writeLlama2c} from '../support/llama2c.js'
import {randomNumbers, randomText} from '../support/random-texts.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
const where = allowed ? '' : ` (skipped: ${reason})`
const SPECIALS = [
  '<s>',
  '</s>',
  '<unk>',
  '<|endoftext|>',
  '<|end|>',
  '<|user|>',
  '<|assistant|>',
  '<|im_start|>',
  '<|end',
  '<0x0A>',
  '<s',
  '▁',
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-tokens-'))
})
afterAll(() => rm(folder, {recursive: true}))

/** The vocabulary of GPT-2 under the rules of another pre-tokenizer; of none where `pre` is null. */
async function gpt2Under(pre: string | null, fixtures: string, architecture = 'gpt2'): Promise<string> {
  let bytes = await readFile(join(fixtures, 'models/tokenizers/ggml-vocab-gpt-2.gguf'))
  const set = (key: string, value: string): void => {
    // Behind the key: the type of its value, then the length of the text and the text.
    const at = bytes.indexOf(key) + key.length + 4
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(value.length))
    const behind = at + 8 + Number(bytes.readBigUInt64LE(at))
    bytes = Buffer.concat([bytes.subarray(0, at), length, Buffer.from(value), bytes.subarray(behind)])
  }
  const key = 'tokenizer.ggml.pre'
  if (pre !== null) set(key, pre)
  else bytes.write('tokenizer.ggml.pra', bytes.indexOf(key))
  set('general.architecture', architecture)
  const path = join(folder, `${architecture}-${pre ?? 'none'}.gguf`)
  await writeFile(path, bytes)
  return path
}

async function compare(path: string, model: LlamaModel, texts: string[]): Promise<void> {
  const engine = new (openRyot().Engine)()
  const {vocabularyKind, vocabularyAddsBos} = await engine.load({path, vocabularyOnly: true})
  expect(vocabularyAddsBos).toBe(model.tokens.shouldPrependBosToken)
  for (const text of texts) {
    for (const special of [true, false]) {
      const tokens = await engine.tokenize(text, {special, bos: false})
      const expected = model.tokenize(text, special)
      expect([text, special, Array.from(tokens)]).toEqual([text, special, Array.from(expected)])
      // llama.cpp takes spaces out of what it writes with some vocabularies, such as the one in "a != b".
      const kept = vocabularyKind === 'bpe' ? Buffer.from(text).toString() : model.detokenize(expected, special)
      expect([text, special, await engine.detokenize(tokens, {special})]).toEqual([text, special, kept])
    }
  }
  await engine.close()
}

describeWithFixtures('the tokenizers', fixtures => {
  const given = (name: string): string => join(fixtures, `models/tokenizers/ggml-vocab-${name}.gguf`)

  it.skipIf(!allowed).each(['gpt-2', 'llama-spm', 'phi-3'])(
    `read and write 1,000 texts with the vocabulary %s as llama.cpp does${where}`,
    async name => {
      const random = randomNumbers(7)
      const texts = ['', ' ', '  ', 'Hello', ' Hello', ...Array.from({length: 1000}, () => randomText(random, SPECIALS))]
      await compare(given(name), await openLlamaCpp(given(name)), texts)
    },
  )
  it
    .skipIf(!allowed)
    .each(['llama-bpe', 'pixtral', 'qwen2', 'smollm', 'falcon', 'default', 'stablelm2', 'command-r', 'dbrx', 'qwen35'])(
    `follow the pre-tokenizer %s as llama.cpp does${where}`,
    async name => {
      const random = randomNumbers(11)
      const path = await gpt2Under(name, fixtures)
      await compare(
        path,
        await openLlamaCpp(path),
        Array.from({length: 1000}, () => randomText(random, SPECIALS)),
      )
    },
  )

  it.skipIf(!allowed)(`follow llama.cpp's default where a file names no pre-tokenizer${where}`, async () => {
    const random = randomNumbers(19)
    const path = await gpt2Under(null, fixtures)
    const texts = Array.from({length: 1000}, () => randomText(random, SPECIALS))
    await compare(path, await openLlamaCpp(path), texts)
  })

  // llama.cpp does not know these models: their vocabulary, under the name that their files leave out, is what it reads.
  it.skipIf(!allowed).each(['bitnet-b1.58', 'bitnet-25'])(
    `read for %s as Llama 3 does where its file names no pre-tokenizer${where}`,
    async architecture => {
      const random = randomNumbers(23)
      const texts = Array.from({length: 1000}, () => randomText(random, SPECIALS))
      const path = await gpt2Under(null, fixtures, architecture)
      await compare(path, await openLlamaCpp(await gpt2Under('llama-bpe', fixtures)), texts)
      const named = await gpt2Under('gpt-2', fixtures, architecture)
      await compare(named, await openLlamaCpp(await gpt2Under('gpt-2', fixtures)), texts.slice(0, 100))
    },
  )

  it.skipIf(!allowed).each(['gpt-2', 'llama-spm', 'phi-3'])(
    `read names of control tokens in a form alone, with the vocabulary %s, as with llama.cpp${where}`,
    async name => {
      const random = randomNumbers(29)
      const engine = new (openRyot().Engine)()
      await engine.load({path: given(name), vocabularyOnly: true})
      const model = await openLlamaCpp(given(name))
      const controls = SPECIALS.filter(special => model.tokenize(special, true).length === 1 && special.startsWith('<'))
      for (let i = 0; i < 1000; i++) {
        const form = (): string => SPECIALS[Math.floor(random() * SPECIALS.length)] + randomText(random, SPECIALS).slice(0, 40)
        const pieces = Array.from({length: 5}, (_, at) => (at % 2 === 0 ? form() : randomText(random, SPECIALS)))
        const tokens = Array.from(await engine.tokenize(pieces, {bos: false}))
        expect([pieces, tokens]).toEqual([pieces, promptTokens(model, pieces)])
        const harmless = pieces.map((piece, at) => (at % 2 === 0 ? piece : piece.replaceAll(/[<>]/g, '.')))
        const whole = model.tokenize(harmless.join(''), true)
        expect([harmless, Array.from(await engine.tokenize(harmless, {bos: false}))]).toEqual([harmless, whole])
        expect([harmless, promptTokens(model, harmless)]).toEqual([harmless, whole])
      }
      // A name that stands half in what was said is none either.
      for (const control of controls) {
        for (const pieces of [
          [control.slice(0, 2), control.slice(2)],
          ['', control.slice(0, -1), control.slice(-1)],
        ]) {
          expect(Array.from(await engine.tokenize(pieces, {bos: false}))).toEqual(Array.from(model.tokenize(control, false)))
        }
      }
      await engine.close()
    },
  )

  it.skipIf(!allowed)(`read a vocabulary of llama2.c as llama.cpp does${where}`, async () => {
    const random = randomNumbers(13)
    const path = join(folder, 'stories.gguf')
    await writeLlama2c(path, join(fixtures, 'models/llm/stories260K.bin'), join(fixtures, 'models/llm/tok512.bin'))
    await compare(
      path,
      await openLlamaCpp(path),
      Array.from({length: 1000}, () => randomText(random, SPECIALS)),
    )
  })

  it.skipIf(!allowed)(`know the special tokens, and begin texts as the file asks${where}`, async () => {
    const engine = new (openRyot().Engine)()
    const phi3 = await engine.load({path: given('phi-3'), vocabularyOnly: true})
    expect(phi3).toMatchObject({
      vocabularyBos: 1,
      vocabularyEos: 32000,
      vocabularyEot: 32007,
      vocabularyAddsBos: true,
      vocabularyBosText: '<s>',
    })
    expect(Array.from(phi3.vocabularyEnds ?? [])).toEqual([2, 32000, 32007])
    expect(phi3.vocabularyChatTemplate).toContain('<|assistant|>')
    expect(Array.from(await engine.tokenize('<|user|>\nHello', {special: true, bos: true}))).toEqual([1, 32010, 15043])
    const gpt2 = await engine.load({path: given('gpt-2'), vocabularyOnly: true})
    expect(gpt2).toMatchObject({vocabularyKind: 'bpe', vocabularyBos: 50256, vocabularyAddsBos: false})
    expect(gpt2.vocabularyChatTemplate).toBeUndefined()
    expect(Array.from(await engine.tokenize('Hello', {special: true, bos: true}))).toEqual([15496])
    await engine.close()
  })

  it.skipIf(!allowed)(`read bytes that are no text: each by itself${where}`, async () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0xe2, 0x82, 0x62, 0xf0, 0x9f, 0x98)
    const engine = new (openRyot().Engine)()
    await engine.load({path: given('gpt-2'), vocabularyOnly: true})
    const spelt = await engine.tokenize('a\ufffd\ufffd\ufffdb\ufffd\ufffd\ufffd', {special: false, bos: false})
    expect(await engine.tokenize(bytes, {special: false, bos: false})).toEqual(spelt)
    await engine.load({path: given('llama-spm'), vocabularyOnly: true})
    const pieces = await engine.tokenize(bytes, {special: false, bos: false})
    // Tokens 3 to 258 are the bytes.
    const byteTokens = [0xff, 0xe2, 0x82, 0x62, 0xf0, 0x9f, 0x98].map(byte => byte + 3)
    expect(Array.from(pieces).slice(1)).toEqual(byteTokens)
    await engine.close()
  })

  it.skipIf(!allowed).each(['gpt-2', 'llama-spm'])(
    `read a long text without spaces with the vocabulary %s, or stop${where}`,
    async name => {
      const engine = new (openRyot().Engine)()
      await engine.load({path: given(name), vocabularyOnly: true})
      const options = {special: false, bos: false}
      for (const text of ['a'.repeat(1_000_000), 'abcdefghij'.repeat(100_000), '犬'.repeat(300_000)]) {
        expect(await engine.detokenize(await engine.tokenize(text, options), options)).toBe(text)
      }
      const interrupted = engine.tokenize('ab'.repeat(10_000_000), options)
      setTimeout(() => engine.abort(), 20)
      await expect(interrupted).rejects.toMatchObject({code: 'CANCELLED'})
      expect(await engine.tokenize('on it goes', options)).not.toHaveLength(0)
      await engine.close()
    },
  )

  it.skipIf(!allowed)(`refuse what they do not know${where}`, async () => {
    const engine = new (openRyot().Engine)()
    const unknown = engine.load({path: await gpt2Under('klingon', fixtures), vocabularyOnly: true})
    await expect(unknown).rejects.toMatchObject({code: 'MODEL_INVALID', message: expect.stringContaining("'klingon'")})
    await engine.load({path: given('gpt-2'), vocabularyOnly: true})
    await expect(engine.detokenize(Int32Array.of(50257), {special: false})).rejects.toMatchObject({code: 'TOKEN_INVALID'})
    await engine.close()
  })
})
