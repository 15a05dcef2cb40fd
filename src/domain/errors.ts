/**
 * Every way this program can fail, and the exit code a script sees for it. One bad file is a row in a report,
 * so the file codes below never end a run: they name the reason in the report and in `jobs`.
 */
const EXIT_CODES = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  NOT_IN_LIBRARY: 2,
  CONTEXT_FULL: 2,
  TOKEN_INVALID: 2,
  PARTIAL_FAILURE: 3,
  ROOT_OFFLINE: 3,
  FILE_VANISHED: 3,
  FILE_UNREADABLE: 3,
  FILE_UNRECOGNISED: 3,
  FILE_EMPTY: 3,
  FILE_NAME_INVALID: 3,
  FILE_TOO_LARGE: 3,
  FILE_BROKEN: 3,
  FILE_TIMEOUT: 3,
  FILE_ROTTEN: 3,
  FFMPEG_MISSING: 4,
  MODEL_MISSING: 4,
  MODEL_INVALID: 4,
  OUT_OF_MEMORY: 4,
  DOWNLOAD_FAILED: 4,
  BACKEND_UNAVAILABLE: 4,
  LIBRARY_TOO_NEW: 5,
  LIBRARY_CORRUPT: 5,
  INDEX_MISMATCH: 5,
  LIBRARY_BUSY: 5,
  MODEL_BUSY: 5,
  LIBRARY_READ_ONLY: 5,
  DISK_FULL: 5,
  DISK_FAILING: 5,
  LEASE_LOST: 5,
  CANCELLED: 130,
} as const

export type ErrorCode = keyof typeof EXIT_CODES

/** A failure this program foresaw. `message`: what is wrong, lower case. `hint`: what to do, ready to paste. */
export class MediaForgeError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: {hint?: string; cause?: unknown} = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.name = 'MediaForgeError'
    this.code = code
    this.hint = options.hint
  }

  get exitCode(): number {
    return EXIT_CODES[this.code]
  }
}

/**
 * Codes that a second attempt may mend; every other failure of a file is final until the file changes or `jobs retry`. What a decoder could not
 * end in its time is among the others: it would take as long again.
 */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set(['LIBRARY_BUSY'])

/** Whether trying the same job again could end differently. An error nobody foresaw may: it is tried again. */
export function isTransient(error: unknown): boolean {
  return !(error instanceof MediaForgeError) || TRANSIENT.has(error.code)
}

/** Codes that stop the whole run, because every further file would fail the same way. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  'FFMPEG_MISSING',
  'MODEL_MISSING',
  'MODEL_INVALID',
  'OUT_OF_MEMORY',
  'BACKEND_UNAVAILABLE',
  'LIBRARY_TOO_NEW',
  'LIBRARY_CORRUPT',
  'LIBRARY_READ_ONLY',
  'DISK_FULL',
  'DISK_FAILING',
  'CANCELLED',
])

export function isFatal(error: unknown): error is MediaForgeError {
  return error instanceof MediaForgeError && FATAL.has(error.code)
}

/** Throws `CANCELLED` once the signal has been aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MediaForgeError('CANCELLED', 'interrupted', {cause: signal.reason})
}

/** The first line of whatever was thrown, for a report of one line a file. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}
