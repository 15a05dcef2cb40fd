import {readFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import {execa} from 'execa'
import type {Config} from '../config.js'

const BIN = fileURLToPath(new URL('../../../bin/mediaforge.js', import.meta.url))

/**
 * Told as the process ends, by its main thread, on a pipe of its own, so that the program's output stays as it is. Linux counts in `maxRSS` what the
 * process that started this one held, so there its own high-water mark is read.
 */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(`
  import {readFileSync, writeSync} from 'node:fs'
  import {isMainThread} from 'node:worker_threads'
  const mark = () => process.platform === 'linux' && /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  if (isMainThread) process.on('exit', () => writeSync(3, String(mark() || process.resourceUsage().maxRSS)))
`)}`

/** Runs `node` with these arguments in a new process, as a shell would. Rejects where it does not end with 0. */
export async function runNode(args: string[], signal: AbortSignal, config?: Config): Promise<void> {
  const env = config === undefined ? {} : environmentOf(config)
  await execa(process.execPath, args, {env, stdin: 'ignore', stdout: 'ignore', cancelSignal: signal})
}

/** The document that this program prints in a new process, whatever it ends with. */
export async function jsonOf<Document>(args: string[], signal: AbortSignal, config: Config): Promise<Document> {
  const env = environmentOf(config)
  const {stdout} = await execa(process.execPath, args, {env, stdin: 'ignore', reject: false, cancelSignal: signal})
  return JSON.parse(stdout) as Document
}

/** What tells a new process which library, cache and model to take. */
function environmentOf({dataDir, cacheDir, model, modelsDir}: Config): Record<string, string> {
  return {
    MEDIAFORGE_DATA_DIR: dataDir,
    MEDIAFORGE_CACHE_DIR: cacheDir,
    MEDIAFORGE_MODEL: model,
    MEDIAFORGE_MODELS_DIR: modelsDir,
  }
}

/** The arguments with which `node` runs this program. */
export function mediaforge(...args: string[]): string[] {
  return [BIN, ...args]
}

const LOOK_EVERY_MS = 50

/**
 * The most memory, in MB, that a run of this program held at any time, with the most that one of the programs held that it ran; of those Linux alone
 * tells. Its library and cache are those of `config`.
 */
export async function peakMegabytes(args: string[], config: Config, signal: AbortSignal): Promise<number> {
  const running = execa(process.execPath, ['--import', TELL_PEAK, BIN, ...args], {
    env: environmentOf(config),
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    cancelSignal: signal,
  })
  let ofChildren = 0
  const look = async (): Promise<void> => {
    const children = await readFile(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').catch(() => '')
    for (const child of children.split(' ').filter(Boolean)) {
      const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '')
      ofChildren = Math.max(ofChildren, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))
    }
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  try {
    const {stdio} = await running
    // Node gives kilobytes on every system.
    return (Number(stdio[3]) + ofChildren) / 1024
  } finally {
    clearInterval(timer)
  }
}
