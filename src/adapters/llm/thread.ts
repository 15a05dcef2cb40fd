import {MediaForgeError, messageOf, throwIfCancelled} from '../../domain/errors.js'
import type {JsonSchema} from '../../domain/ports/language-model.js'
import {WorkerThread} from '../threads/worker-thread.js'
import {unlessAborted} from '../inference/unless-aborted.js'
import type {ChatTask} from './chat-template.js'
import {MOST_MS} from './within-time.js'

/** What a model's template and a person's schema say takes its time to find out, and may be hostile: it is found out on a thread of its own. */
export interface Work {
  chat: {ask: ChatTask; answer: string}
  /** A schema as JSON, and its grammar for either backend. */
  numbers: {ask: string; answer: Int32Array}
  gbnf: {ask: string; answer: string}
}

/** Room for a hundred thousand words to choose from. */
const LONGEST_SCHEMA = 2_000_000

/** What a schema of the longest kind and a conversation of a million words take, several times over. */
const thread = new WorkerThread<Work>(new URL('./worker.js', import.meta.url), undefined, {maxOldGenerationSizeMb: 512})
/** The thread ends itself in time, but for a step that takes minutes: then it is ended from here. */
const PATIENCE_MS = MOST_MS + 1000

/** One request at a time: what has to be ended costs nobody else an answer. */
let previous: Promise<unknown> = Promise.resolve()

/** See `renderChat`. */
export function renderChatAside(task: ChatTask, signal?: AbortSignal): Promise<string> {
  return inTurn('chat', task, signal, tooMuch('MODEL_INVALID', "the model's chat template"))
}

/** See `compileJsonSchema`. */
export async function compileJsonSchemaAside(schema: JsonSchema, signal?: AbortSignal): Promise<Int32Array> {
  return inTurn('numbers', textOf(schema), signal, tooMuch('USAGE', 'the schema'))
}

/** See `compileToGbnf`. */
export async function compileToGbnfAside(schema: JsonSchema, signal?: AbortSignal): Promise<string> {
  return inTurn('gbnf', textOf(schema), signal, tooMuch('USAGE', 'the schema'))
}

async function inTurn<Kind extends keyof Work>(
  kind: Kind,
  ask: Work[Kind]['ask'],
  signal: AbortSignal | undefined,
  error: MediaForgeError,
): Promise<Work[Kind]['answer']> {
  throwIfCancelled(signal)
  const answer = previous.then(() => {
    // Nobody waits for it any more.
    throwIfCancelled(signal)
    return askInTime(kind, ask, error)
  })
  previous = answer.catch(() => undefined)
  return unlessAborted(answer, signal)
}

async function askInTime<Kind extends keyof Work>(
  kind: Kind,
  ask: Work[Kind]['ask'],
  error: MediaForgeError,
): Promise<Work[Kind]['answer']> {
  const timer = setTimeout(() => {
    thread.terminate(error)
  }, PATIENCE_MS)
  try {
    return await thread.ask(kind, ask, undefined)
  } catch (reason) {
    // The thread had no more memory.
    throw reason instanceof MediaForgeError && reason.code === 'BACKEND_UNAVAILABLE' ? error : reason
  } finally {
    clearTimeout(timer)
  }
}

function tooMuch(code: 'MODEL_INVALID' | 'USAGE', what: string): MediaForgeError {
  return new MediaForgeError(code, `${what} cannot be used: it takes too long, or too much memory`)
}

/** Throws `USAGE` for what is no JSON, or nested more deeply than anybody reads. */
function textOf(schema: JsonSchema): string {
  let text: string
  try {
    text = JSON.stringify(schema)
  } catch (error) {
    throw new MediaForgeError('USAGE', `the schema is no JSON: ${messageOf(error)}`, {cause: error})
  }
  if (text.length > LONGEST_SCHEMA) throw new MediaForgeError('USAGE', `the schema is too long: ${text.length} characters`)
  return text
}
