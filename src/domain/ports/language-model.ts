/** One turn of a conversation. */
export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** How the next token is chosen. */
export interface Sampling {
  /** 0, the default: always the most likely token, whatever the other settings. */
  temperature?: number
  /** Only among this many most likely tokens. */
  topK?: number
  /** Only among the most likely tokens that together have this probability. */
  topP?: number
  /** Only among tokens at least this likely, as a share of the most likely one. */
  minP?: number
  /** Above 1: what was said lately is said again less readily. */
  repetitionPenalty?: number
  /** The same seed and request give the same text on the same backend. */
  seed?: number
}

/**
 * What to write on from: a text as it is, or a conversation in the form that the model was trained on. Names of control tokens in a text and in a turn
 * are text: nobody who is quoted can end a turn.
 */
export type Prompt = {prompt: string; messages?: undefined} | {messages: readonly Message[]; prompt?: undefined}

/** How long an answer may be where a request says nothing. */
export const DEFAULT_MAX_TOKENS = 256

export type GenerateRequest = Prompt &
  Sampling & {
    /** `DEFAULT_MAX_TOKENS` where nothing is said. */
    maxTokens?: number
    /** Texts that end the answer and are no part of it. */
    stop?: readonly string[]
    /**
     * The answer is JSON of this schema, whatever the model would rather write, where the ending is `stop`; `length`: `maxTokens` cut it. Not beside
     * `stop`. What cannot be kept to is refused, never left out.
     */
    jsonSchema?: JsonSchema
  }

export type JsonSchema = Readonly<Record<string, unknown>>

export interface Generated {
  text: string
  /** By itself or by a stop text, or because it may not be longer. */
  ending: 'stop' | 'length'
  tokensRead: number
  tokensWritten: number
}

export interface ModelStats {
  backend: string
  architecture: string
  layers: number
  vocabularyTokens: number
  contextTokens: number
  trainedContextTokens: number
  threads: number
  /** The kernels that were chosen; null where the backend does not tell. */
  kernels: {decode: string; prefill: string} | null
  fileBytes: number
  /** Weights and context. */
  memoryBytes: number
  tokensRead: number
  tokensWritten: number
  /** Over all requests that ended well; null before the first. */
  tokensReadPerSecond: number | null
  tokensWrittenPerSecond: number | null
}

export interface LanguageModelConfig {
  path: string
  /** All physical cores where nothing is said. */
  threads?: number
  /** Room for prompt and answer; as many as the model was trained for where nothing is said. */
  contextTokens?: number
  /** A kernel's name, for backends that have several; the fastest where nothing is said. */
  kernel?: string
  /** `exact`: the head is kept in floats, for backends that would round it to be `fast`, which is what they do where nothing is said. */
  head?: 'exact' | 'fast'
  /** `int8`: keys and values take half the memory, for backends that can; `f16` where nothing is said. */
  kvCache?: 'f16' | 'int8'
  signal?: AbortSignal
}

/**
 * Writes texts. Requests run in the order they came, one at a time, off the event loop; aborting one ends it alone. Closing ends them all with
 * `CANCELLED`, frees the model, and may be done twice; a call after that rejects with `BACKEND_UNAVAILABLE`. Opening rejects with `MODEL_MISSING`, `MODEL_INVALID`,
 * `OUT_OF_MEMORY` and `CANCELLED`.
 */
export interface LanguageModel extends AsyncDisposable {
  /**
   * `onToken` gets the text in pieces as it is written: whole characters, and together what is resolved with. Rejects with `CONTEXT_FULL` where
   * prompt or answer do not fit, `USAGE` where the request cannot be met by this model, and what `onToken` throws.
   */
  generate(request: GenerateRequest, options?: {signal?: AbortSignal; onToken?: (text: string) => void}): Promise<Generated>
  /** A unit vector of what the text is about. Those of different models, or backends, cannot be compared. Rejects with `CONTEXT_FULL`. */
  embed(text: string, options?: {signal?: AbortSignal}): Promise<Float32Array>
  /** The text's tokens as a prompt has them, with what the model wants in front. `special`: names of special tokens in the text are those tokens. */
  tokenize(text: string, options?: {special?: boolean; signal?: AbortSignal}): Promise<Int32Array>
  stats(): ModelStats
}
