import {fileURLToPath} from 'node:url'
import {execa} from 'execa'
import type {Config} from '../config.js'

const BIN = fileURLToPath(new URL('../../../bin/mediaforge.js', import.meta.url))

/** Told as the process ends, on a pipe of its own, so that the program's output stays as it is. */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(
  "import {writeSync} from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))",
)}`

/** Runs `node` with these arguments in a new process, as a shell would. Rejects where it does not end with 0. */
export async function runNode(args: string[], signal: AbortSignal): Promise<void> {
  await execa(process.execPath, args, {stdin: 'ignore', stdout: 'ignore', cancelSignal: signal})
}

/** The arguments with which `node` runs this program. */
export function mediaforge(...args: string[]): string[] {
  return [BIN, ...args]
}

/** The most memory, in MB, that a run of this program held at any time; its library and cache are those of `config`. */
export async function peakMegabytes(args: string[], config: Config, signal: AbortSignal): Promise<number> {
  const env = {MEDIAFORGE_DATA_DIR: config.dataDir, MEDIAFORGE_CACHE_DIR: config.cacheDir}
  const {stdio} = await execa(process.execPath, ['--import', TELL_PEAK, BIN, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    cancelSignal: signal,
  })
  // Node gives kilobytes on every system.
  return Number(stdio[3]) / 1024
}
