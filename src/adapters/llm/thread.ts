import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {JsonSchema} from '../../domain/ports/language-model.js'
import {ModelThread} from '../inference/model-thread.js'
import type {ChatTask} from './chat-template.js'

/** What a model's template and a person's schema say takes its time to find out, and may be hostile: it is found out on a thread of its own. */
export interface Work {
  chat: {ask: ChatTask; answer: string}
  /** A schema as JSON, and its grammar for either backend. */
  numbers: {ask: string; answer: Int32Array}
  gbnf: {ask: string; answer: string}
}

/** Room for a hundred thousand words to choose from. */
const LONGEST_SCHEMA = 2_000_000

const thread = new ModelThread<Work>(new URL('./worker.js', import.meta.url))

/** See `renderChat`. */
export function renderChatAside(task: ChatTask, signal?: AbortSignal): Promise<string> {
  return thread.ask('chat', task, signal)
}

/** See `compileJsonSchema`. */
export async function compileJsonSchemaAside(schema: JsonSchema, signal?: AbortSignal): Promise<Int32Array> {
  return thread.ask('numbers', textOf(schema), signal)
}

/** See `compileToGbnf`. */
export async function compileToGbnfAside(schema: JsonSchema, signal?: AbortSignal): Promise<string> {
  return thread.ask('gbnf', textOf(schema), signal)
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
