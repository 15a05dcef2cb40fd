import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Ajv2020} from 'ajv/dist/2020.js'
import {expect, it} from 'vitest'
import {compileJsonSchema} from '../../dist/adapters/llm/grammar/compile-schema.js'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {openRyot} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {writeRandomModel} from '../support/random-model.js'
import {randomSchema} from '../support/random-schemas.js'
import {randomNumbers} from '../support/random-texts.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
/** The long form: `SCHEMAS=10000 npx vitest run test/native/schemas.test.ts`. */
const SCHEMAS = Number(process.env.SCHEMAS ?? 120)
/** As many as any of these schemas needs bytes. */
const ENOUGH = 700
const RUNS = [
  [0.8, ENOUGH],
  [4, ENOUGH],
  [1000, ENOUGH],
  [4, 20],
] as const
/** Tokens that end one part of a text and begin the next, or stand in the middle of a character. */
const WORDS = [
  '{"',
  '":',
  '",',
  '"}',
  '"]',
  '[[',
  ']]',
  '[{"',
  '"},{"',
  '":"',
  '","',
  '\\"',
  '\\\\',
  '":[',
  '}}',
  ', ',
  ': ',
  'ab',
  '"a',
  '"ab',
  'null',
  'tru',
  '-1',
  '.5',
  '0.',
  '00',
  'e+',
  '犬犬',
  'ü"',
  '\n',
  '\\n',
  '\\u0',
  '\\',
]

it.skipIf(!allowed)(
  `whatever the schema, a model that knows nothing writes JSON that satisfies it${allowed ? '' : ` (skipped: ${reason})`}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mediaforge-schemas-'))
    const path = join(folder, 'random.gguf')
    await writeRandomModel(path, {
      contextTokens: 4096,
      embedding: 64,
      feedForward: 64,
      heads: 2,
      kvHeads: 1,
      layers: 1,
      words: WORDS,
    })
    const engine = new (openRyot().Engine)()
    await engine.load({path, threads: 1})
    const random = randomNumbers(17)
    for (let i = 0; i < SCHEMAS; i++) {
      const schema = randomSchema(random)
      const validate = new Ajv2020({strict: false}).compile(schema)
      const grammar = compileJsonSchema(schema)
      for (const [run, [temperature, maxTokens]] of RUNS.entries()) {
        let text = ''
        const request = {tokens: Int32Array.of(1), anew: true, maxTokens, temperature, seed: i * RUNS.length + run, grammar}
        const {ending, restText} = await engine.generate(
          {...request, stopTokens: Int32Array.of(2)},
          (_, piece) => (text += piece),
        )
        if (ending === 'length' && maxTokens < ENOUGH) continue
        expect(restText).toBe('')
        const value: unknown = (() => {
          try {
            return JSON.parse(text) as unknown
          } catch {
            return expect.fail(`${text} is no JSON of ${JSON.stringify(schema)}`)
          }
        })()
        const valid = validate(value)
        expect([JSON.stringify(schema), text, valid, validate.errors]).toEqual([JSON.stringify(schema), text, true, null])
      }
    }
    await engine.close()
    await rm(folder, {recursive: true})
  },
)
