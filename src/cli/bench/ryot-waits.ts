import {availableParallelism} from 'node:os'
import {monitorEventLoopDelay} from 'node:perf_hooks'
import {setTimeout as sleep} from 'node:timers/promises'
import {openModel} from '../../adapters/llm/ryot/model.js'
import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'
import type {JsonSchema, LanguageModel} from '../../domain/ports/language-model.js'
import {worst, type BenchResult} from './measure.js'
import {startNeighbour} from './neighbour.js'
import type {BenchContext} from './suites.js'

const CONTEXT_TOKENS = 1024
const WRITTEN_TOKENS = 32
/** Words that are some tokens each in any vocabulary. */
const TEXT = 'the grey sea and a small dog beside it, early on a cold morning; '
const PROMPT = TEXT.repeat(8)
const LONG_TEXT = TEXT.repeat(4000)

/** What answers of this program are like. */
export const TAGS_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    tags: {type: 'array', minItems: 1, maxItems: 8, items: {type: 'string', minLength: 2, maxLength: 24}},
    mood: {enum: ['calm', 'cheerful', 'gloomy', 'tense']},
    people: {type: 'integer', minimum: 0, maximum: 99},
    caption: {type: 'string', maxLength: 200},
  },
  required: ['tags', 'mood', 'caption'],
  additionalProperties: false,
}

/** How long others wait for a model: the event loop for its turn, and whoever cancels for the end. */
export async function* waitResults(name: string, path: string, context: BenchContext): AsyncIterable<BenchResult> {
  yield await eventLoopResult(name, path, context)
  yield await abortResult(name, path, context)
}

/**
 * The longest of all rounds that JavaScript had to wait for its turn, while a model was loaded, a text of 260 kB made tokens, a prompt read, and
 * an answer and a JSON document written; against as long a time of doing nothing, beside other programs that keep as many cores busy: so long the
 * system itself lets a program wait.
 */
async function eventLoopResult(name: string, path: string, context: BenchContext): Promise<BenchResult> {
  const busy: number[] = []
  const waiting: number[] = []
  for (let round = 0; round < context.rounds; round++) {
    throwIfCancelled(context.signal)
    const from = performance.now()
    busy.push(
      await longestDelayMs(async () => {
        await using model = await open(path, context)
        await model.tokenize(LONG_TEXT)
        await model.generate({prompt: PROMPT, maxTokens: WRITTEN_TOKENS})
        await model.generate({prompt: TEXT, jsonSchema: TAGS_SCHEMA, temperature: 1, seed: round, maxTokens: WRITTEN_TOKENS})
      }),
    )
    const lastedMs = performance.now() - from
    const neighbours = Array.from({length: availableParallelism()}, startNeighbour)
    try {
      waiting.push(await longestDelayMs(() => sleep(lastedMs, undefined, {signal: context.signal})))
    } finally {
      for (const stop of neighbours) stop()
    }
  }
  return worst(`ryot.event-loop.${name}`, 'ms', busy, 'beside busy programs', waiting)
}

async function longestDelayMs(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({resolution: 1})
  delay.enable()
  await work()
  delay.disable()
  return delay.max / 1e6
}

/** The longest of all rounds from cancelling to the end, each at another place of a prompt; against what one layer takes of it. */
async function abortResult(name: string, path: string, context: BenchContext): Promise<BenchResult> {
  await using model = await open(path, context)
  const {layers} = model.stats()
  const waits: number[] = []
  const perLayer: number[] = []
  for (let round = 0; round < context.rounds; round++) {
    throwIfCancelled(context.signal)
    const from = performance.now()
    await model.generate({prompt: PROMPT, maxTokens: 0})
    const wholeMs = performance.now() - from
    perLayer.push(wholeMs / layers)
    waits.push(await abortedAfterMs(model, (wholeMs * (round + 1)) / (context.rounds + 1)))
  }
  return worst(`ryot.abort.${name}`, 'ms', waits, 'one layer', perLayer)
}

async function abortedAfterMs(model: LanguageModel, milliseconds: number): Promise<number> {
  const stop = new AbortController()
  const ended = model.generate({prompt: PROMPT, maxTokens: WRITTEN_TOKENS}, {signal: stop.signal}).then(
    () => performance.now(),
    (error: unknown) => {
      if (error instanceof MediaForgeError && error.code === 'CANCELLED') return performance.now()
      throw error
    },
  )
  await sleep(milliseconds)
  const from = performance.now()
  stop.abort()
  return (await ended) - from
}

function open(path: string, {kernel, signal}: BenchContext): Promise<LanguageModel> {
  return openModel(path, {threads: availableParallelism(), contextTokens: CONTEXT_TOKENS, kernel, signal})
}
