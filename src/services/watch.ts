import {MediaForgeError} from '../domain/errors.js'
import {JOB_KINDS} from '../domain/jobs.js'
import {Alarm} from './alarm.js'
import type {Ports} from './ports.js'
import type {ScanReport} from './scan.js'
import {WatchedFolder, type FolderOptions} from './watched-folder.js'
import {drain} from './worker.js'

/** How often the queue is looked at for work that others put there. */
const QUEUE_EVERY_MS = 5000

/**
 * Keeps the library in step with folders until the signal is aborted, then resolves, with what was in hand given back. News are on the bus. Rejects
 * as `scan` does for a path that is neither there nor known, and with errors that would meet every file.
 */
export async function watch(
  ports: Ports,
  paths: string[],
  options: FolderOptions,
  {signal}: {signal: AbortSignal},
): Promise<void> {
  const end = new AbortController()
  const either = AbortSignal.any([signal, end.signal])
  const alarm = new Alarm()
  const worker = new Worker(ports, either, () => {
    end.abort()
  })
  const folders = paths.map(path => new WatchedFolder(ports, path, options, either, () => alarm.ring()))
  try {
    while (!either.aborted) {
      for (const folder of folders) {
        if (folder.lookAt > performance.now()) continue
        const isFirst = folder.lookAt === 0
        const report = await folder.look()
        if (report === null) continue
        tell(ports, folder, report, isFirst)
        if (report.added + report.changed > 0) worker.start()
      }
      await worker.startWhereNeeded()
      const next = Math.min(...folders.map(folder => folder.lookAt), performance.now() + QUEUE_EVERY_MS)
      await alarm.wait(next, either)
    }
  } catch (error) {
    if (!(error instanceof MediaForgeError && error.code === 'CANCELLED')) throw error
  } finally {
    end.abort()
    await Promise.all(folders.map(folder => folder.close()))
    await worker.ended()
  }
}

function tell({bus}: Ports, folder: WatchedFolder, report: ScanReport, isFirst: boolean): void {
  const {path, state, files, added, changed, moved, missing, problems} = report
  if (isFirst || added + changed + moved + missing > 0)
    bus.emit({name: 'watch.scanned', path, state, files, added, changed, moved, missing})
  for (const problem of folder.untold(problems)) bus.emit({name: 'watch.problem', ...problem})
}

/** Works the queue off in the background, so that what comes meanwhile is found and done first. */
class Worker {
  #running: Promise<void> | undefined
  #again = false
  #error: Error | undefined

  constructor(
    private readonly ports: Ports,
    private readonly signal: AbortSignal,
    private readonly onError: () => void,
  ) {}

  start(): void {
    if (this.#running !== undefined) this.#again = true
    else if (!this.signal.aborted) this.#running = this.#run()
  }

  /** Other commands put work on the queue, and a paused one may have been resumed. */
  async startWhereNeeded(): Promise<void> {
    const {library} = this.ports
    if (this.#running !== undefined || this.signal.aborted) return
    if ((await library.nextJobDelayMs(JOB_KINDS)) === null || (await library.isPaused())) return
    this.start()
  }

  /** Rejects with the error that ended the work, if one did. */
  async ended(): Promise<void> {
    await this.#running
    if (this.#error !== undefined) throw this.#error
  }

  #isWantedAgain(): boolean {
    const again = this.#again
    this.#again = false
    return again
  }

  async #run(): Promise<void> {
    try {
      do await drain(this.ports, {}, {signal: this.signal})
      while (this.#isWantedAgain() && !this.signal.aborted)
    } catch (error) {
      // While another process holds the library, the jobs wait; the queue is looked at again soon.
      if (!(error instanceof MediaForgeError && (error.code === 'CANCELLED' || error.code === 'LIBRARY_BUSY'))) {
        this.#error = error instanceof Error ? error : new Error(String(error))
        this.onError()
      }
    } finally {
      this.#running = undefined
    }
  }
}
