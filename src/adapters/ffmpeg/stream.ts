import type {ExecaError} from 'execa'
import {MediaForgeError} from '../../domain/errors.js'
import {toolError} from './run.js'

interface StreamOptions {
  /** So long may pass without a byte. */
  stallMs: number
  /** So long may all of it take. */
  timeoutMs: number
  signal: AbortSignal | undefined
}

/**
 * Runs ffmpeg on one local file and hands out what it writes to its standard output, as it comes and no faster than it is taken. Whoever stops
 * reading stops ffmpeg. Ends without an error where ffmpeg does after it has written something: a broken tail takes nothing from what came
 * before. Rejects like `runTool`.
 */
export async function* streamTool(
  tool: string,
  args: string[],
  {stallMs, timeoutMs, signal}: StreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const {execa} = await import('execa')
  const process = execa(tool, args, {
    stdin: 'ignore',
    buffer: {stdout: false, stderr: true},
    // ffmpeg repeats itself over a broken file: its first words are enough.
    maxBuffer: 1_000_000,
    timeout: timeoutMs,
    forceKillAfterDelay: 1000,
    reject: false,
    ...(signal === undefined ? {} : {cancelSignal: signal}),
  })
  let stalled = false
  const watchdog = setTimeout(() => {
    stalled = true
    process.kill('SIGKILL')
  }, stallMs)
  let bytes = 0
  let ended = false
  try {
    for await (const chunk of process.stdout) {
      watchdog.refresh()
      bytes += (chunk as Uint8Array).length
      yield chunk as Uint8Array
    }
    ended = true
  } finally {
    clearTimeout(watchdog)
    if (!ended) process.kill('SIGKILL')
  }
  const result = await process
  if (signal?.aborted === true) throw new MediaForgeError('CANCELLED', 'interrupted', {cause: signal.reason})
  if (stalled) throw new MediaForgeError('FILE_TIMEOUT', `ffmpeg was stopped after ${stallMs / 1000} s without a result`)
  if (result.failed && (bytes === 0 || result.timedOut)) throw toolError(tool, result as unknown as ExecaError, timeoutMs)
}
