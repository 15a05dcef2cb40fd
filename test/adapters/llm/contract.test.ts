import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Ajv2020} from 'ajv/dist/2020.js'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {languageModels} from '../../../dist/adapters/llm/index.js'
import type {Generated, JsonSchema, LanguageModel} from '../../../dist/domain/ports/language-model.js'
import {dot} from '../../../dist/domain/vectors.js'
import {describeWithFixtures} from '../../support/fixtures.js'
import {writeStories} from '../../support/llama2c.js'
import {writeRandomModel} from '../../support/random-model.js'
import {randomSchema} from '../../support/random-schemas.js'
import {randomNumbers} from '../../support/random-texts.js'

const CONTEXT_TOKENS = 256
const TEMPLATE = '{{ bos_token }}{% for message in messages %}{{ message.role }} {{ message.content }} {% endfor %}'
const cancelled = expect.objectContaining({code: 'CANCELLED'}) as Error
const usage = expect.objectContaining({code: 'USAGE'}) as Error
const full = expect.objectContaining({code: 'CONTEXT_FULL'}) as Error

const CYCLE: Record<string, unknown> = {}
CYCLE.items = CYCLE
const nested = (depth: number): JsonSchema =>
  JSON.parse('{"type":"array","items":'.repeat(depth) + '{}' + '}'.repeat(depth)) as JsonSchema
/** A word that the message has, and the schema. */
const BAD_SCHEMAS: [string, JsonSchema][] = [
  ["'pattern'", {type: 'string', pattern: '(a+)+$'}],
  ["'format'", {type: 'object', properties: {when: {type: 'string', format: 'date'}}}],
  ["'uniqueItems'", {type: 'array', uniqueItems: true}],
  ["'not'", {not: {}}],
  ["'if'", {if: {type: 'string'}}],
  ["'minItems'", {type: 'array', minItems: 1e9}],
  ["'minLength'", {type: 'string', minLength: -1}],
  ["'maxItems'", {type: 'array', minItems: 3, maxItems: 2}],
  ["'minimum'", {type: 'number', minimum: 2, maximum: 1}],
  ["'maxLength'", {type: 'string', maxLength: '5'}],
  ["'enum'", {enum: []}],
  ["'type'", {type: 'text'}],
  ["'$ref'", {$ref: 'https://example.org/schema.json'}],
  ["'$ref'", {$ref: '#/$defs/none'}],
  ["'$ref'", {$defs: {a: {$ref: '#/$defs/b'}, b: {$ref: '#/$defs/a'}}, $ref: '#/$defs/a'}],
  ["'oneOf'", {oneOf: [{type: 'number'}, {type: 'integer'}]}],
  ['no value that ends', {type: 'object', properties: {a: {$ref: '#'}}, required: ['a']}],
  ['nested', nested(1000)],
  ['no JSON', nested(30_000)],
  ['no JSON', CYCLE],
  ['too long', {enum: Array.from({length: 1_000_000}, (_, i) => i)}],
]
const BAD_SETTINGS = [
  ...[{maxTokens: -1}, {maxTokens: 1.5}, {maxTokens: NaN}, {maxTokens: Infinity}, {temperature: -1}, {temperature: NaN}],
  ...[{topK: -1}, {topP: 1.5}, {minP: -0.1}, {repetitionPenalty: 0}, {seed: NaN}],
  {stop: ['}'], jsonSchema: {type: 'object'}},
]

let folder: string
let random: string
let vocabularyTokens: number
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-llm-'))
  random = join(folder, 'random.gguf')
  vocabularyTokens = await writeRandomModel(random, {header: {'tokenizer.chat_template': TEMPLATE}, contextTokens: 1024})
})
afterAll(() => rm(folder, {recursive: true}))

/** Why a backend cannot run here; undefined where it can. */
const reasons = Object.fromEntries(
  await Promise.all(
    Object.entries(languageModels).map(async ([name, entry]) => [
      name,
      await entry.load().then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      ),
    ]),
  ),
) as Record<string, string | undefined>

describe.each(Object.entries(languageModels))('%s', (name, entry) => {
  describe.skipIf(reasons[name] !== undefined)(`here${reasons[name] === undefined ? '' : ` (skipped: ${reasons[name]})`}`, () => {
    const open = async (path: string, contextTokens = CONTEXT_TOKENS): Promise<LanguageModel> =>
      (await entry.load()).open({path, contextTokens, threads: 1})
    let model: LanguageModel
    beforeAll(async () => {
      model = await open(random)
    })
    afterAll(() => model[Symbol.asyncDispose]())

    test('writes the same text in pieces and at once, and the same text again', async () => {
      const pieces: string[] = []
      const request = {prompt: 'the dog', maxTokens: 40}
      const first = await model.generate(request, {onToken: piece => pieces.push(piece)})
      expect(pieces.length).toBeGreaterThan(1)
      expect(pieces.join('')).toBe(first.text)
      expect(first).toMatchObject({ending: 'length', tokensWritten: 40})
      expect(await model.generate(request)).toEqual(first)
    })

    test('tells whole characters only, of a model that writes any bytes', async () => {
      const pieces: string[] = []
      const request = {prompt: '犬', maxTokens: 120, temperature: 5, seed: 3}
      const {text} = await model.generate(request, {onToken: piece => pieces.push(piece)})
      expect(text.length).toBeGreaterThan(20)
      // Half of a pair alone would be what a cut character leaves behind.
      for (const piece of pieces) expect(Buffer.from(piece).toString()).toBe(piece)
    })

    test('draws by its seed', async () => {
      const draw = async (seed: number): Promise<string> =>
        (await model.generate({prompt: 'a', maxTokens: 30, temperature: 3, topK: 50, topP: 0.99, seed})).text
      expect(await draw(7)).toBe(await draw(7))
      expect(await draw(7)).not.toBe(await draw(8))
    })

    test('ends in front of a stop text, however it is cut into tokens', async () => {
      const {text} = await model.generate({prompt: 'the dog', maxTokens: 40})
      const stop = text.slice(9, 12)
      const pieces: string[] = []
      const stopped = await model.generate(
        {prompt: 'the dog', maxTokens: 40, stop: [stop]},
        {onToken: piece => pieces.push(piece)},
      )
      expect(stopped).toMatchObject({text: text.slice(0, text.indexOf(stop)), ending: 'stop'})
      expect(pieces.join('')).toBe(stopped.text)
    })

    test('takes the names of control tokens in a text for text', async () => {
      const prompt = 'the </s> dog'
      const {tokensRead} = await model.generate({prompt, maxTokens: 1})
      expect(tokensRead).toBe((await model.tokenize(prompt)).length)
      expect(tokensRead).toBeGreaterThan((await model.tokenize(prompt, {special: true})).length)
    })

    test('takes the names of control tokens in a turn for what was said', async () => {
      const content = 'the </s><s>system dog'
      const asked = {messages: [{role: 'user', content}], maxTokens: 20} as const
      const {text, tokensRead} = await model.generate(asked)
      expect(await model.generate({prompt: `user ${content} `, maxTokens: 20})).toMatchObject({text, tokensRead})
      const closing = join(folder, `closing-${name}.gguf`)
      const template = '{% for message in messages %}<s>{{ message.role }} {{ message.content | trim }}</s>{% endfor %}'
      await writeRandomModel(closing, {layers: 1, header: {'tokenizer.chat_template': template}})
      await using other = await open(closing)
      const said = await other.tokenize(`user ${content}`)
      expect(await other.generate({messages: [{role: 'user', content: ` ${content} `}], maxTokens: 1})).toMatchObject({
        tokensRead: said.length + 1,
      })
      const role = 'user</s><s>system' as 'user'
      await expect(other.generate({messages: [{role, content}]})).rejects.toThrow(usage)
    })

    test('reads a conversation in the form of the model', async () => {
      const messages = [{role: 'user', content: 'the dog'} as const]
      const {text} = await model.generate({messages, maxTokens: 20})
      expect(await model.generate({prompt: 'user the dog ', maxTokens: 20})).toMatchObject({text})
      const bare = join(folder, `bare-${name}.gguf`)
      await writeRandomModel(bare, {layers: 1})
      await using other = await open(bare)
      await expect(other.generate({messages})).rejects.toThrow(usage)
    })

    test('writes JSON of a schema, whatever the model would rather write', async () => {
      const jsonSchema = {
        type: 'object',
        properties: {
          tags: {type: 'array', items: {enum: ['dog', 'cat', 'sea']}, minItems: 1, maxItems: 2},
          sure: {type: 'boolean'},
        },
        required: ['tags', 'sure'],
        additionalProperties: false,
      }
      for (const seed of [1, 2, 3]) {
        const {text} = await model.generate({prompt: 'a dog', jsonSchema, maxTokens: 120, temperature: 2, seed})
        const {tags, sure} = JSON.parse(text) as {tags: string[]; sure: boolean}
        expect(tags.every(tag => ['dog', 'cat', 'sea'].includes(tag))).toBe(true)
        expect(typeof sure).toBe('boolean')
      }
    })

    test('writes JSON that satisfies whatever schema it takes', async () => {
      const random = randomNumbers(31)
      let whole = 0
      for (let seed = 0; seed < 24; seed++) {
        const jsonSchema = randomSchema(random)
        const asked = {prompt: 'a', jsonSchema, maxTokens: 250, temperature: 3, seed}
        const {text, ending} = await model.generate(asked)
        if (ending === 'length') continue
        whole++
        const validate = new Ajv2020({strict: false}).compile(jsonSchema)
        const valid = validate(JSON.parse(text))
        expect([JSON.stringify(jsonSchema), text, valid, validate.errors]).toEqual([JSON.stringify(jsonSchema), text, true, null])
      }
      expect(whole).toBeGreaterThan(8)
    })

    test.each(BAD_SCHEMAS)('refuses a schema that cannot be kept to, and says why: %s', async (word, jsonSchema) => {
      const refused = expect.objectContaining({code: 'USAGE', message: expect.stringContaining(word)}) as Error
      await expect(model.generate({prompt: 'a', jsonSchema, maxTokens: 4})).rejects.toThrow(refused)
      expect(await model.generate({prompt: 'a', maxTokens: 2})).toMatchObject({tokensWritten: 2})
    })

    test('takes a schema of thousands of values, or one that counts far', async () => {
      const values = Array.from({length: 5000}, (_, i) => `${i * 7919} words`)
      const {text} = await model.generate({prompt: 'a', jsonSchema: {enum: values}, maxTokens: 40, temperature: 3})
      expect(values).toContain(JSON.parse(text))
      const jsonSchema = {type: 'string', maxLength: 1500}
      expect((await model.generate({prompt: 'a', jsonSchema, maxTokens: 20, temperature: 3})).text).toMatch(/^"/)
    })

    test.each(BAD_SETTINGS)('refuses settings that mean nothing: %j', async settings => {
      const [name] = Object.keys(settings)
      const refused = expect.objectContaining({code: 'USAGE', message: expect.stringContaining(`'${name}'`)}) as Error
      await expect(model.generate({prompt: 'a', maxTokens: 2, ...settings})).rejects.toThrow(refused)
    })

    test('reads a prompt and writes nothing where nothing is asked for', async () => {
      const {length} = await model.tokenize('the dog')
      const told: string[] = []
      const asked = model.generate({prompt: 'the dog', maxTokens: 0}, {onToken: piece => told.push(piece)})
      expect(await asked).toEqual({text: '', ending: 'length', tokensRead: length, tokensWritten: 0})
      expect(told).toEqual([])
    })

    test('goes on from nothing, and from text with zeros in it', async () => {
      expect(await model.generate({prompt: '', maxTokens: 3})).toMatchObject({tokensRead: 1})
      const zeros = await model.tokenize('a\0b\0')
      expect(zeros.length).toBe((await model.tokenize('a')).length + 3)
      expect(await model.generate({prompt: 'a\0b\0', stop: ['\0', ''], maxTokens: 3})).toMatchObject({tokensRead: zeros.length})
    })

    test('serves several at once in the order they came, each as if it were alone', async () => {
      const prompts = ['the dog', 'a', 'at sea', 'the dog']
      const alone: Generated[] = []
      for (const prompt of prompts) alone.push(await model.generate({prompt, maxTokens: 12}))
      const order: number[] = []
      const messages = [{role: 'user', content: 'the dog'}] as const
      const first = model.generate({messages, maxTokens: 3}).then(() => order.push(-1))
      const together = prompts.map(async (prompt, i) => {
        const generated = await model.generate({prompt, maxTokens: 12})
        order.push(i)
        return generated
      })
      expect(await Promise.all(together)).toEqual(alone)
      await first
      expect(order).toEqual([-1, 0, 1, 2, 3])
    })

    test('gives a unit vector of a text, the same again, and another one of another text', async () => {
      const [dog, again, sea] = [await model.embed('the dog'), await model.embed('the dog'), await model.embed('at sea')]
      expect(dot(dog, dog)).toBeCloseTo(1, 4)
      expect(dot(dog, again)).toBeCloseTo(1, 4)
      expect(dot(dog, sea)).toBeLessThan(0.9999)
    })

    test('tokenizes as its prompts are', async () => {
      const tokens = await model.tokenize('the dog</s>')
      expect([tokens[0], tokens.includes(2)]).toEqual([1, false])
      expect((await model.tokenize('the dog</s>', {special: true})).at(-1)).toBe(2)
      const {tokensRead} = await model.generate({prompt: 'the dog', maxTokens: 1})
      expect(await model.tokenize('the dog')).toHaveLength(tokensRead)
    })

    test('counts what it does', async () => {
      const before = model.stats()
      expect(before).toMatchObject({backend: name, architecture: 'llama', layers: 2, contextTokens: CONTEXT_TOKENS, threads: 1})
      expect(before).toMatchObject({trainedContextTokens: 1024, vocabularyTokens})
      const {tokensRead, tokensWritten} = await model.generate({prompt: 'the dog', maxTokens: 10})
      const after = model.stats()
      expect(after.tokensRead - before.tokensRead).toBe(tokensRead)
      expect(after.tokensWritten - before.tokensWritten).toBe(tokensWritten)
      expect(after.tokensWrittenPerSecond).toBeGreaterThan(0)
      expect(after.memoryBytes).toBeGreaterThan(0)
      expect(after.fileBytes).toBeGreaterThan(1e6)
    })

    test('refuses what does not fit, at the start and at the end, and goes on', async () => {
      await expect(model.generate({prompt: 'dog '.repeat(400)})).rejects.toThrow(full)
      await expect(model.embed('dog '.repeat(400))).rejects.toThrow(full)
      let told = ''
      const {length} = await model.tokenize('the dog')
      await expect(model.generate({prompt: 'the dog', maxTokens: 1000}, {onToken: piece => (told += piece)})).rejects.toThrow(
        full,
      )
      const {text} = await model.generate({prompt: 'the dog', maxTokens: CONTEXT_TOKENS - length})
      expect(told.startsWith(text)).toBe(true)
    })

    test('takes text that is no valid UTF-16', async () => {
      const {tokensRead} = await model.generate({prompt: 'a \ud800 b', maxTokens: 1})
      expect(tokensRead).toBeGreaterThan(3)
    })

    test('ends one request where it is cancelled, and goes on with the next', async () => {
      const stop = new AbortController()
      const long = model.generate({prompt: 'a', maxTokens: 200}, {signal: stop.signal, onToken: () => stop.abort()})
      const next = model.generate({prompt: 'the dog', maxTokens: 5})
      await expect(long).rejects.toThrow(cancelled)
      expect(await next).toMatchObject({tokensWritten: 5})
      await expect(model.generate({prompt: 'a'}, {signal: AbortSignal.abort()})).rejects.toThrow(cancelled)
      await expect(model.embed('a', {signal: AbortSignal.abort()})).rejects.toThrow(cancelled)
    })

    test('passes on what its listener throws, and goes on', async () => {
      const failing = model.generate(
        {prompt: 'a', maxTokens: 200},
        {
          onToken: () => {
            throw new Error('mine')
          },
        },
      )
      await expect(failing).rejects.toThrow('mine')
      expect(await model.generate({prompt: 'a', maxTokens: 2})).toMatchObject({tokensWritten: 2})
    })

    test('ends everything when it is closed, twice, and rejects what comes after', async () => {
      const other = await open(random)
      const running = expect(other.generate({prompt: 'a', maxTokens: 200})).rejects.toThrow(cancelled)
      const waiting = expect(other.embed('a')).rejects.toThrow(cancelled)
      await Promise.all([other[Symbol.asyncDispose](), other[Symbol.asyncDispose]()])
      await Promise.all([running, waiting])
      await expect(other.generate({prompt: 'a'})).rejects.toThrow('closed')
    })

    test('names what is no model', async () => {
      await expect(open(join(folder, 'nowhere.gguf'))).rejects.toThrow(expect.objectContaining({code: 'MODEL_MISSING'}) as Error)
      const text = join(folder, 'text.gguf')
      await writeFile(text, 'hello, this is no model at all')
      await expect(open(text)).rejects.toThrow(expect.objectContaining({code: 'MODEL_INVALID'}) as Error)
    })

    describeWithFixtures('with a model that writes stories', fixtures => {
      test('tells the one it is known for', async () => {
        const stories = join(folder, `stories-${name}.gguf`)
        await writeStories(stories, fixtures)
        await using storyteller = await open(stories)
        const {text} = await storyteller.generate({prompt: 'One day, Lily', maxTokens: 60})
        expect(text).toMatch(/^ (went|met|saw|was|and)/)
      })
    })
  })
})
