import {MediaForgeError} from '../domain/errors.js'
import {AT_REST_MS, type FoundFile} from '../domain/media.js'
import type {Ports} from './ports.js'

/** Between the two looks at a file that must find it unchanged. */
export const SETTLE_MS = 2000
/** A file that cannot be read as what it says it is may still be arriving; after this long without a change it is simply broken. */
const PATIENCE_MS = 30_000

/** A file that was not looked at again for this long has gone. */
const LOST_MS = 3_600_000

interface Look {
  sizeBytes: number
  mtimeMs: number
  at: number
}

/** Tells files that are complete from those that are still being written, by looking twice. */
export class Settling {
  readonly #looks = new Map<string, Look>()

  constructor(
    private readonly ports: Pick<Ports, 'files' | 'video'>,
    private readonly signal: AbortSignal,
  ) {}

  /** True where size and time are as they were two seconds ago, and sound and video can be opened. */
  async isSettled(file: FoundFile): Promise<boolean> {
    const now = Date.now()
    if (now - file.mtimeMs >= AT_REST_MS) return true
    const before = this.#looks.get(file.path)
    if (before?.sizeBytes !== file.sizeBytes || before.mtimeMs !== file.mtimeMs) {
      this.#looks.set(file.path, {sizeBytes: file.sizeBytes, mtimeMs: file.mtimeMs, at: now})
      return false
    }
    const restedMs = now - before.at
    // A clock that was set back must not keep a file waiting.
    if (restedMs >= 0 && restedMs < SETTLE_MS) return false
    if (restedMs < PATIENCE_MS && !(await this.#opens(file.path))) return false
    this.#looks.delete(file.path)
    return true
  }

  /** Forgets files that went away before they were complete. */
  forgetLost(): void {
    for (const [path, {at}] of this.#looks) if (Date.now() - at > LOST_MS) this.#looks.delete(path)
  }

  async #opens(path: string): Promise<boolean> {
    try {
      const format = await this.ports.files.recognise(path)
      if (format !== null && format.kind !== 'photo') await this.ports.video.probe(path, {signal: this.signal})
      return true
    } catch (error) {
      if (!(error instanceof MediaForgeError)) throw error
      // Without ffmpeg nobody can say; the job that needs it will.
      return error.code === 'FFMPEG_MISSING'
    }
  }
}
