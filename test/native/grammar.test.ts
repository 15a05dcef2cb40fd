import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Ajv2020} from 'ajv/dist/2020.js'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {compileJsonSchema} from '../../dist/adapters/llm/grammar/compile-schema.js'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {openRyot, type RyotEngine} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {writeRandomModel} from '../support/random-model.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
const where = allowed ? '' : ` (skipped: ${reason})`

const TAGS = {
  type: 'object',
  properties: {
    tags: {type: 'array', minItems: 1, maxItems: 4, items: {type: 'string', minLength: 2, maxLength: 12}},
    mood: {enum: ['calm', 'cheerful', 'gloomy', 'calmer']},
    people: {type: 'integer'},
    caption: {type: 'string'},
  },
  required: ['tags', 'mood'],
  additionalProperties: false,
}

const SCHEMAS: [string, object | boolean][] = [
  ['tags', TAGS],
  ['any value', true],
  ['a string', {type: 'string'}],
  ['a short string', {type: 'string', maxLength: 5}],
  ['a string of exactly seven', {type: 'string', minLength: 7, maxLength: 7}],
  ['a long string', {type: 'string', minLength: 40}],
  ['a number', {type: 'number'}],
  ['an integer', {type: 'integer'}],
  ['a boolean or nothing', {type: ['boolean', 'null']}],
  ['values', {enum: ['a', 'ab', 'b"c', 'ü', 7, 7.5, null, {x: [1]}, '']}],
  ['one value', {const: {deep: ['value', '犬']}}],
  ['an empty object', {type: 'object', additionalProperties: false}],
  ['any object', {type: 'object'}],
  [
    'optional members',
    {properties: {a: {type: 'null'}, b: {type: 'boolean'}, c: {type: 'integer'}}, additionalProperties: false},
  ],
  [
    'members around a required one',
    {properties: {a: {type: 'null'}, 'b "q"': {const: 1}, c: {type: 'null'}}, required: ['b "q"']},
  ],
  ['a required member without a schema', {type: 'object', required: ['free']}],
  ['an empty list', {type: 'array', maxItems: 0}],
  ['a list of three', {type: 'array', items: {type: 'boolean'}, minItems: 3, maxItems: 3}],
  ['a list of lists', {type: 'array', items: {type: 'array', items: {type: 'integer'}, maxItems: 2}, maxItems: 3}],
  ['a choice', {anyOf: [{type: 'string', maxLength: 3}, {enum: ['abcdef', 'abcxyz']}, {type: 'null'}]}],
  [
    'a marked choice',
    {
      oneOf: [
        {type: 'object', properties: {kind: {const: 'dog'}, legs: {type: 'integer'}}, required: ['kind']},
        {type: 'object', properties: {kind: {const: 'car'}, doors: {type: 'integer'}}, required: ['kind', 'doors']},
      ],
    },
  ],
  [
    'a tree',
    {
      $defs: {
        node: {
          type: 'object',
          properties: {name: {type: 'string', maxLength: 3}, parts: {type: 'array', items: {$ref: '#/$defs/node'}, maxItems: 2}},
          required: ['name'],
          additionalProperties: false,
        },
      },
      $ref: '#/$defs/node',
    },
  ],
  ['itself', {anyOf: [{type: 'null'}, {type: 'array', items: {$ref: '#'}, minItems: 1, maxItems: 2}]}],
]

describe.skipIf(!allowed)(`a text under a grammar${where}`, () => {
  let folder: string
  let engine: RyotEngine
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mediaforge-grammar-'))
    const path = join(folder, 'random.gguf')
    await writeRandomModel(path, {contextTokens: 4096})
    engine = new (openRyot().Engine)()
    await engine.load({path, threads: 1})
  })
  afterAll(async () => {
    await engine.close()
    await rm(folder, {recursive: true})
  })

  interface Asked {
    schema: object | boolean
    seed?: number
    maxTokens?: number
    temperature?: number
  }
  const write = async ({schema, seed = 1, maxTokens = 200, temperature = 3}: Asked): Promise<{text: string; ending: string}> => {
    let text = ''
    const request = {
      tokens: Int32Array.of(1),
      anew: true,
      maxTokens,
      temperature,
      seed,
      stopTokens: Int32Array.of(2),
      grammar: compileJsonSchema(schema),
    }
    const {ending, restText} = await engine.generate(request, (_, piece) => (text += piece))
    return {text: text + restText, ending}
  }

  it.each(SCHEMAS)('is always whole and satisfies the schema of %s', async (_, schema) => {
    const validate = new Ajv2020({strict: false}).compile(schema)
    for (let seed = 1; seed <= 12; seed++) {
      const {text, ending} = await write({schema, seed, maxTokens: 90 + seed * 3})
      const valid = validate(JSON.parse(text))
      expect([text, valid, validate.errors]).toEqual([text, true, null])
      expect(['stop', 'length']).toContain(ending)
      const outsideStrings = text.replaceAll(/"(\\.|[^"\\])*"/g, '""')
      expect(outsideStrings).not.toMatch(/^\s|\s\s|\s$/)
    }
  })

  it('closes what it opened before it must end, where that is possible at all', async () => {
    for (let maxTokens = 1; maxTokens <= 80; maxTokens += 1) {
      const {text, ending} = await write({schema: TAGS, maxTokens, seed: maxTokens})
      const whole = ((): boolean => {
        try {
          JSON.parse(text)
          return true
        } catch {
          return false
        }
      })()
      expect([text, ending]).toEqual([text, whole ? 'stop' : 'length'])
      // {"tags":["ab"],"mood":"calm"}, a token for each byte at worst.
      if (maxTokens >= 29) expect([maxTokens, ending]).toEqual([maxTokens, 'stop'])
    }
  })

  it('ends where nothing more may come, with and without a token that says so', async () => {
    expect(await write({schema: {const: 'yes'}})).toEqual({text: '"yes"', ending: 'stop'})
    expect(await write({schema: {type: 'integer'}, maxTokens: 3, temperature: 0})).toMatchObject({
      text: expect.stringMatching(/^-?\d+$/),
    })
  })

  it('is refused where the grammar is none, or no text fulfils it', async () => {
    const request = {tokens: Int32Array.of(1), anew: true, maxTokens: 4}
    const broken = engine.generate({...request, grammar: Int32Array.of(1, 2, 3)}, () => {})
    await expect(broken).rejects.toMatchObject({code: 'USAGE'})
    expect(() => compileJsonSchema({type: 'array', items: {$ref: '#'}, minItems: 1})).toThrow('no value that ends')
    // One rule that is itself.
    const grammar = Int32Array.of(0, -1, 3, 0, 0, 0, 0, 0, 0, 0)
    await expect(engine.generate({...request, grammar}, () => {})).rejects.toMatchObject({code: 'USAGE'})
  })

  it('survives any number of a grammar being another one', async () => {
    const whole = compileJsonSchema({anyOf: [{const: 1}, {type: 'array', items: {$ref: '#'}, maxItems: 3}]})
    for (let at = 0; at < whole.length; at += 3) {
      const grammar = Int32Array.from(whole)
      grammar[at] = (at * 7919) % 41
      const request = {tokens: Int32Array.of(1), anew: true, maxTokens: 12, temperature: 3, seed: at, grammar}
      const ended = engine
        .generate(request, () => {})
        .then(
          ({ending}) => ending,
          (error: unknown) => (error as {code: string}).code,
        )
      expect(['stop', 'length', 'USAGE', 'MODEL_INVALID']).toContain(await ended)
    }
  })
})
