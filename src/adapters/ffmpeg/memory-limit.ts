import {readFile} from 'node:fs/promises'
import {MediaForgeError} from '../../domain/errors.js'

const LOOK_EVERY_MS = 100
const PAGE_BYTES = 4096

interface Running {
  pid?: number | undefined
  kill: (signal: 'SIGKILL') => boolean
}

interface MemoryWatch extends Disposable {
  /** Why the tool was stopped; null where it was not. */
  readonly excess: MediaForgeError | null
}

/** Ends a tool that takes more memory than any honest file needs. Only Linux tells how much that is; elsewhere nothing is watched. */
export function watchMemory(tool: Running, mostBytes: number): MemoryWatch {
  let excess: MediaForgeError | null = null
  const look = async (): Promise<void> => {
    // The second number is what is held in memory, in pages.
    const [, pages] = (await readFile(`/proc/${tool.pid}/statm`, 'utf8').catch(() => '')).split(' ')
    if (excess !== null || !(Number(pages) * PAGE_BYTES > mostBytes)) return
    excess = new MediaForgeError('FILE_TOO_LARGE', `decoding it takes more than ${mostBytes / 1e9} GB of memory`)
    tool.kill('SIGKILL')
  }
  const timer = process.platform === 'linux' && tool.pid !== undefined ? setInterval(() => void look(), LOOK_EVERY_MS) : undefined
  return {
    get excess() {
      return excess
    },
    [Symbol.dispose]() {
      clearInterval(timer)
    },
  }
}
