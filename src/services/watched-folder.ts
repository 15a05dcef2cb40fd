import {dirnameOf} from '../domain/paths.js'
import {MediaForgeError} from '../domain/errors.js'
import type {FoundFile} from '../domain/media.js'
import type {Ports} from './ports.js'
import {scan, type ScanOptions, type ScanReport} from './scan.js'
import {scanPart} from './scan-part.js'
import {SETTLE_MS, Settling} from './settling.js'

/** News come in swarms: a look waits until it is quiet for this long, */
const QUIET_MS = 500
/** but not longer than this. */
const SWARM_MS = 5000
/** What is watched is walked as a whole now and then all the same: a system under load drops news. */
const WALK_EVERY_MS = 3_600_000
/** Whether a folder that is away is back costs one look. */
const AWAY_MS = 5000
/** Another process holds the library: soon again. */
const BUSY_MS = 2000

type FolderPorts = Pick<Ports, 'library' | 'files' | 'video' | 'volumes' | 'bus' | 'watcher'>

export interface FolderOptions extends Pick<ScanOptions, 'hidden' | 'ignore'> {
  /** How often a folder is walked that cannot be watched. */
  pollMs: number
  /** Do not even try to watch. */
  poll: boolean
}

/** One folder of a watch: knows what changed in it, and when to look. */
export class WatchedFolder {
  /** When to look next, by `performance.now()`: the clock of the machine may be set. */
  lookAt = 0
  #dirty = new Set<string>()
  #firstNewsAt: number | null = null
  #walkAt = 0
  #watching: AsyncDisposable | undefined
  #mode: 'events' | 'polling' | null = null
  #failure: string | null = null
  #isConfused = false
  readonly #settling: Settling
  readonly #told = new Set<string>()

  constructor(
    private readonly ports: FolderPorts,
    readonly path: string,
    private readonly options: FolderOptions,
    private readonly signal: AbortSignal,
    private readonly onNews: () => void,
  ) {
    this.#settling = new Settling(ports, signal)
  }

  /**
   * Looks at what changed, or at everything where it is time for that. Rejects as `scan` does, `LIBRARY_BUSY` excepted: then it looks again
   * soon.
   */
  async look(): Promise<ScanReport | null> {
    const isConfused = this.#isConfused
    this.#isConfused = false
    if (isConfused) await this.close()
    // Watched before it is walked, so that nothing falls in between.
    if (this.#mode === null || isConfused) await this.#watch()
    const folders = isConfused || performance.now() >= this.#walkAt ? null : this.#dirty
    this.#dirty = new Set()
    this.#firstNewsAt = null
    this.lookAt = Infinity
    const unsettled = new Set<string>()
    const options = {
      ...this.options,
      settled: async (file: FoundFile): Promise<boolean> => {
        const isSettled = await this.#settling.isSettled(file)
        if (!isSettled) unsettled.add(dirnameOf(file.path))
        return isSettled
      },
    }
    try {
      const report =
        folders === null
          ? (await scan(this.ports, [this.path], options, {signal: this.signal}))[0]
          : await scanPart(this.ports, this.path, folders, options, {signal: this.signal})
      if (folders === null) this.#walkAt = performance.now() + (this.#mode === 'events' ? WALK_EVERY_MS : this.options.pollMs)
      this.#settling.forgetLost()
      await this.#follow(report)
      this.#lookAgain(unsettled, SETTLE_MS)
      return report ?? null
    } catch (error) {
      if (!(error instanceof MediaForgeError && error.code === 'LIBRARY_BUSY')) throw error
      if (folders === null) this.#walkAt = performance.now() + BUSY_MS
      this.#lookAgain(folders ?? [], BUSY_MS)
      return null
    }
  }

  async close(): Promise<void> {
    await this.#watching?.[Symbol.asyncDispose]()
    this.#watching = undefined
  }

  /** Problems of a report that were not told before. */
  untold(problems: ScanReport['problems']): ScanReport['problems'] {
    return problems.filter(({path, code}) => {
      const key = `${code} ${path}`
      if (this.#told.has(key)) return false
      this.#told.add(key)
      return true
    })
  }

  #lookAgain(folders: Iterable<string>, afterMs: number): void {
    const before = this.#dirty.size
    for (const folder of folders) this.#dirty.add(folder)
    const again = this.#dirty.size > before ? performance.now() + afterMs : Infinity
    // Where that happened during the look, it may have met folders by wrong names.
    const anew = this.#isConfused ? performance.now() + QUIET_MS : Infinity
    this.lookAt = Math.min(this.lookAt, again, anew, this.#walkAt)
  }

  #noteChange(folder: string): void {
    const now = performance.now()
    this.#dirty.add(folder)
    this.#firstNewsAt ??= now
    this.lookAt = Math.min(now + QUIET_MS, this.#firstNewsAt + SWARM_MS, this.#walkAt)
    this.onNews()
  }

  async #watch(): Promise<void> {
    if (this.options.poll) {
      this.#tell('polling', null)
      return
    }
    if (await this.ports.volumes.isRemote(this.path)) {
      this.#failure = 'a network folder does not tell what others change'
      this.#tell('polling', this.#failure)
      return
    }
    this.#failure = null
    this.#watching = await this.ports.watcher.watch(this.path, {
      hidden: this.options.hidden ?? false,
      onChange: folder => this.#noteChange(folder),
      onFailure: reason => {
        this.#failure = reason
        this.lookAt = 0
        this.#walkAt = 0
        this.onNews()
      },
      onConfusion: () => {
        this.#isConfused = true
        this.#noteChange(this.path)
      },
    })
    this.#tell(this.#isFailed() ? 'polling' : 'events', this.#failure)
  }

  /** A disk that is away is not watched; it is looked for until it is back. What the system cannot watch is walked instead. */
  async #follow(report: ScanReport | undefined): Promise<void> {
    if (this.#mode === 'events' && this.#failure !== null) {
      this.#walkAt = performance.now() + this.options.pollMs
      this.#tell('polling', this.#failure)
    }
    if (this.#failure !== null || report?.state === 'offline') await this.close()
    if (report?.state === 'offline') this.#walkAt = performance.now() + Math.min(AWAY_MS, this.options.pollMs)
    else if (this.#mode === 'events' && this.#watching === undefined) {
      // It is back: what happened in it until it is watched again is found by the walk that follows.
      this.#mode = null
      this.#walkAt = 0
    }
  }

  #isFailed(): boolean {
    return this.#failure !== null
  }

  #tell(mode: 'events' | 'polling', reason: string | null): void {
    this.#mode = mode
    this.ports.bus.emit({name: 'watch.started', path: this.path, mode, reason})
  }
}
