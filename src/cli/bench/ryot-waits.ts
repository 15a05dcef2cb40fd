import {availableParallelism} from 'node:os'
import {setTimeout as sleep} from 'node:timers/promises'
import type {ChatTask} from '../../adapters/llm/chat-template.js'
import {openModel} from '../../adapters/llm/ryot/model.js'
import {renderChatAside} from '../../adapters/llm/thread.js'
import {openRyot} from '../../adapters/native/ryot.js'
import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'
import type {JsonSchema, LanguageModel} from '../../domain/ports/language-model.js'
import {alone, worst, type BenchResult} from './measure.js'
import {startNeighbour} from './neighbour.js'
import type {BenchContext} from './suites.js'

const CONTEXT_TOKENS = 1024
const LOOK_MS = 1
const WRITTEN_TOKENS = 32
/** Words that are some tokens each in any vocabulary. */
const TEXT = 'the grey sea and a small dog beside it, early on a cold morning; '
const PROMPT = TEXT.repeat(8)
const LONG_TEXT = TEXT.repeat(4000)

/** As long a conversation as people have, in the form that most models know. */
const CONVERSATION: ChatTask = {
  template: `{% for turn in messages %}<|im_start|>{{ turn['role'] }}\n{{ turn['content'] }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n`,
  messages: Array.from({length: 40}, (_, i) => ({role: i % 2 === 0 ? 'user' : 'assistant', content: TEXT})),
  edges: {bos: null, eos: null},
}

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
  yield* eventLoopResults(name, path, context)
  yield await abortResult(name, path, context)
}

/**
 * While a model is loaded, a text of 260 kB made tokens, a prompt and a conversation read, and an answer and a JSON document written: how long at most
 * JavaScript's thread was at work between two turns of the event loop, which is how long this program blocks it; and how long at most a turn was
 * late by the clock, whatever the cause, against as long a time of doing nothing, beside other programs that keep as many cores busy: so late the
 * system itself lets a program be.
 */
async function* eventLoopResults(name: string, path: string, context: BenchContext): AsyncIterable<BenchResult> {
  const blocked: number[] = []
  const busy: number[] = []
  const waiting: number[] = []
  for (let round = 0; round < context.rounds; round++) {
    throwIfCancelled(context.signal)
    const from = performance.now()
    const turns = await watchTurns(async () => {
      await using model = await open(path, context)
      await model.tokenize(LONG_TEXT)
      await model.generate({prompt: PROMPT, maxTokens: WRITTEN_TOKENS})
      await model.generate({prompt: TEXT, jsonSchema: TAGS_SCHEMA, temperature: 1, seed: round, maxTokens: WRITTEN_TOKENS})
      await renderChatAside(CONVERSATION, context.signal)
    })
    blocked.push(turns.longestWorkMs)
    busy.push(turns.longestDelayMs)
    const lastedMs = performance.now() - from
    const neighbours = Array.from({length: availableParallelism()}, startNeighbour)
    try {
      const idle = await watchTurns(() => sleep(lastedMs, undefined, {signal: context.signal}))
      waiting.push(idle.longestDelayMs)
    } finally {
      for (const stop of neighbours) stop()
    }
  }
  yield alone(`ryot.event-loop.${name}`, Math.max(...blocked), 'ms', blocked.length)
  yield worst(`ryot.event-loop-delay.${name}`, 'ms', busy, 'beside busy programs', waiting)
}

/** Looks at the event loop each millisecond that it lets us. */
async function watchTurns(work: () => Promise<unknown>): Promise<{longestWorkMs: number; longestDelayMs: number}> {
  const {threadSeconds} = openRyot()
  const turns = {longestWorkMs: 0, longestDelayMs: 0}
  let last = {atMs: performance.now(), workedMs: threadSeconds() * 1000}
  const timer = setInterval(() => {
    const now = {atMs: performance.now(), workedMs: threadSeconds() * 1000}
    turns.longestWorkMs = Math.max(turns.longestWorkMs, now.workedMs - last.workedMs)
    turns.longestDelayMs = Math.max(turns.longestDelayMs, now.atMs - last.atMs - LOOK_MS)
    last = now
  }, LOOK_MS)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return turns
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
