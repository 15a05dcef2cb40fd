import type {ExecaError} from 'execa'
import {MediaForgeError} from '../../domain/errors.js'
import {DEMUXERS} from './demuxers.js'
import {TOOL_LIMITS} from './limits.js'
import {watchMemory} from './memory-limit.js'

export interface RunOptions {
  timeoutMs: number
  memoryBytes?: number
  signal: AbortSignal | undefined
}

/**
 * What every tool is run with. Those that npm packages bring are linked statically and crash where they load the character sets of another C
 * library, as they do for the names of programmes in MPEG-TS; told to look where there are none, they leave such names as they are.
 */
export const TOOL_ENV = {GCONV_PATH: '/dev/null'}

/**
 * Runs ffmpeg or ffprobe on one local file, without a shell and without input. Rejects with `FILE_TIMEOUT` after the time limit, `FILE_TOO_LARGE`
 * over the limit of memory, `CANCELLED` on abort, `DISK_FULL` where it had no room to write, and `FILE_BROKEN` with the tool's own last words.
 */
export async function runTool(tool: string, args: string[], options: RunOptions): Promise<string> {
  const {timeoutMs, memoryBytes = TOOL_LIMITS.memoryBytes, signal} = options
  const {execa, ExecaError: Failure} = await import('execa')
  const running = execa(tool, args, {
    stdin: 'ignore',
    env: TOOL_ENV,
    timeout: timeoutMs,
    forceKillAfterDelay: 1000,
    maxBuffer: 16_000_000,
    ...(signal === undefined ? {} : {cancelSignal: signal}),
  })
  using memory = watchMemory(running, memoryBytes)
  try {
    return (await running).stdout
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (memory.excess !== null) throw memory.excess
    // A full disk is no fault of the file whose pictures were to be written there.
    if (hadNoSpace(error.stderr, args)) {
      throw new MediaForgeError('DISK_FULL', 'no space left where ffmpeg writes pictures', {
        hint: 'free some space and run the command again: it goes on where it stopped',
        cause: error,
      })
    }
    throw toolError(tool, error, timeoutMs)
  }
}

/** What execa tells of a run that did not end well. */
export type FailedRun = Pick<ExecaError, 'isCanceled' | 'timedOut'> & {
  code?: string | undefined
  signal?: string | undefined
  stderr?: unknown
}

/** What an end of ffmpeg that was no success means here. */
export function toolError(tool: string, error: FailedRun, timeoutMs: number): MediaForgeError {
  if (error.isCanceled) return new MediaForgeError('CANCELLED', 'interrupted', {cause: error})
  if (error.timedOut) {
    return new MediaForgeError('FILE_TIMEOUT', `ffmpeg was stopped after ${timeoutMs / 1000} s without a result`, {cause: error})
  }
  if (error.code === 'ENOENT' || error.code === 'EACCES') {
    return new MediaForgeError('FFMPEG_MISSING', `${tool} cannot be run`, {cause: error})
  }
  const words = error.signal === undefined ? lastWords(error.stderr) : `ffmpeg crashed over it (${error.signal})`
  return new MediaForgeError('FILE_BROKEN', words, {cause: error})
}

/** The C library's words for ENOSPC, which ffmpeg prints in any language setting at the end of a line. */
const NO_SPACE = /: No space left on device$/m

/** Whether it said so itself: a file may be called that, too. */
function hadNoSpace(stderr: unknown, args: readonly string[]): boolean {
  const names = args.filter(arg => arg.startsWith('file:')).map(arg => arg.slice('file:'.length))
  return NO_SPACE.test(names.reduce((text, name) => text.replaceAll(name, ''), String(stderr)))
}

/** Lines that say no more than that it is over. */
const SAYS_NOTHING = /^(?:error marking filters as finished|conversion failed!|last message repeated \d+ times)$/i

/**
 * The reason out of what the tool printed, without addresses of its inner parts and the file's name. Its last line is often no more than
 * `Invalid data found`: what a demuxer or decoder said last, which is a line with its name in brackets, tells more.
 */
function lastWords(stderr: unknown): string {
  const lines = String(stderr)
    .split('\n')
    .map(line => ({
      isOfPart: line.startsWith('['),
      text: line
        .replace(/^(?:\[[^\]]*\]\s*)+/, '')
        .replace(/^file:.*: (?=[A-Z])/, '')
        .trim(),
    }))
    .filter(({text}) => text !== '' && !text.startsWith('file:') && !SAYS_NOTHING.test(text))
  const last = lines.at(-1)?.text ?? 'ffmpeg cannot read it'
  const detail = lines.findLast(line => line.isOfPart)?.text ?? last
  return detail === last ? lowerFirst(last) : `${lowerFirst(last)}: ${lowerFirst(detail)}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/**
 * A path as an argument that ffmpeg takes for nothing but a local file, whatever it is called. Together with the whitelists of protocols and
 * containers a playlist in disguise reaches neither the network nor devices nor another file. What a broken header asks for is bounded: no
 * picture of more than 2²⁸ pixels, no single block of more than a gigabyte.
 */
export function inputArgs(path: string): string[] {
  return [
    ...['-max_alloc', '1073741824', '-protocol_whitelist', 'file,pipe', '-format_whitelist', DEMUXERS],
    ...['-max_pixels', '268435456', '-i', `file:${path}`],
  ]
}
