import {MediaForgeError} from '../../domain/errors.js'
import {watchMemory} from './memory-limit.js'
import {TOOL_ENV, toolError} from './run.js'

interface StreamOptions {
  /** So long may pass without a byte. */
  stallMs: number
  /** So long may all of it take. */
  timeoutMs: number
  memoryBytes: number
  signal: AbortSignal | undefined
  /** Is told the last words of an ffmpeg that ended by itself. */
  onEnd?: (stderr: string) => void
}

/** ffmpeg may repeat itself over a broken file for hours. */
const LAST_WORDS = 16_384

/**
 * Runs ffmpeg on one local file and hands out what it writes to its standard output, as it comes and no faster than it is taken. Whoever stops
 * reading stops ffmpeg. Ends without an error where ffmpeg fails after it has written something: a broken tail takes nothing from what came
 * before. Rejects like `runTool`, and with `FILE_TIMEOUT` also where nothing came for too long.
 */
export async function* streamTool(
  tool: string,
  args: string[],
  {stallMs, timeoutMs, memoryBytes, signal, onEnd}: StreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const {execa} = await import('execa')
  const process = execa(tool, args, {
    stdin: 'ignore',
    env: TOOL_ENV,
    buffer: false,
    timeout: timeoutMs,
    forceKillAfterDelay: 1000,
    reject: false,
    ...(signal === undefined ? {} : {cancelSignal: signal}),
  })
  let stderr = ''
  process.stderr.setEncoding('utf8')
  process.stderr.on('data', (text: string) => void (stderr = (stderr + text).slice(-LAST_WORDS)))
  using memory = watchMemory(process, memoryBytes)
  using silence = watchSilence(process, stallMs)
  let bytes = 0
  let ended = false
  try {
    for await (const chunk of process.stdout as AsyncIterable<Uint8Array>) {
      // Time in which the bytes are worked on is not ffmpeg's.
      silence.pause()
      bytes += chunk.length
      yield chunk
      silence.resume()
    }
    ended = true
  } catch (error) {
    // A process that was killed closes its pipe too early; why it was is told below.
    if (signal?.aborted !== true && stopped(silence, memory) === null) throw error
  } finally {
    silence.pause()
    if (!ended) process.kill('SIGKILL')
  }
  const result = await process
  if (signal?.aborted === true) throw new MediaForgeError('CANCELLED', 'interrupted', {cause: signal.reason})
  const reason = stopped(silence, memory)
  if (reason !== null) throw reason
  if (result.failed && (bytes === 0 || result.timedOut)) throw toolError(tool, {...result, stderr}, timeoutMs)
  onEnd?.(stderr)
}

function stopped(...watches: {readonly excess: MediaForgeError | null}[]): MediaForgeError | null {
  return watches.find(({excess}) => excess !== null)?.excess ?? null
}

/** Ends a tool that says nothing for too long. */
function watchSilence(tool: {kill: (signal: 'SIGKILL') => boolean}, stallMs: number) {
  let excess: MediaForgeError | null = null
  let timer: NodeJS.Timeout | undefined
  const pause = (): void => {
    clearTimeout(timer)
  }
  const resume = (): void => {
    timer = setTimeout(() => {
      excess = new MediaForgeError('FILE_TIMEOUT', `ffmpeg was stopped after ${stallMs / 1000} s without a result`)
      tool.kill('SIGKILL')
    }, stallMs)
  }
  resume()
  return {
    get excess() {
      return excess
    },
    pause,
    resume,
    [Symbol.dispose]: pause,
  }
}
