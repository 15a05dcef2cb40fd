import {MediaForgeError, type ErrorCode} from '../../../domain/errors.js'

/** What the engine's errors are called here, and what a person can do. */
const HINTS: Partial<Record<ErrorCode, string | undefined>> = {
  MODEL_MISSING: 'check the path of the model',
  MODEL_INVALID: 'try the llama-cpp backend, or get the file again',
  CONTEXT_FULL: 'shorten the prompt, or open the model with more contextTokens',
  OUT_OF_MEMORY: 'open the model with fewer contextTokens, or take a smaller one',
  TOKEN_INVALID: undefined,
  USAGE: undefined,
  CANCELLED: undefined,
}

/** An error of the native engine as one of this program's; anything else as it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MediaForgeError) return error
  const {code} = error as {code?: unknown}
  if (typeof code !== 'string' || !Object.hasOwn(HINTS, code)) return error
  const hint = HINTS[code as ErrorCode]
  return new MediaForgeError(code as ErrorCode, error.message, {cause: error, ...(hint === undefined ? {} : {hint})})
}
