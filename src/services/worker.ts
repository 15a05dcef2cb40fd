import {isFatal, isTransient, MediaForgeError, messageOf, throwIfCancelled} from '../domain/errors.js'
import {JOB_KINDS, LEASE_MS, type Job, type JobKind} from '../domain/jobs.js'
import {STAGES, type Outcome} from './pipeline.js'
import type {Ports} from './ports.js'
import {FRAMES_VERSION} from './stages/frames.js'
import {listenVersion} from './stages/listen.js'
import {fillKeptIndexes} from './vector-search.js'

/** A file that could not be worked on, for the report. */
export interface Failure {
  path: string | null
  kind: JobKind
  code: string
  message: string
}

export interface DrainReport {
  /** Jobs that ended well, by kind. */
  done: Record<JobKind, number>
  failures: Failure[]
  /** True where the queue was or became paused with work left on it. */
  paused: boolean
}

/** What the lanes of one worker know of each other. */
interface Lanes {
  kinds: readonly JobKind[]
  /** How many of them have jobs in hand, whose end may bring work for the others. */
  busy: number
  /** How many more jobs may be claimed. */
  left: number
  /** One of them has found that nothing is left: all end, as none may wait for work of a lane that has ended. */
  areEnding: boolean
}

/** How often an idle lane looks again while another lane or process still works. */
const LOOK_AGAIN_MS = 200

/**
 * Works until the queue is empty or paused, or `most` jobs were claimed. Every job kind has lanes of its own, so that decoding overlaps with inference. Rejects with
 * `CANCELLED`, or with the error that would meet every file; jobs in hand are given back either way.
 */
export async function drain(
  ports: Ports,
  {kinds = JOB_KINDS, most = Infinity}: {kinds?: readonly JobKind[]; most?: number},
  {signal}: {signal: AbortSignal},
): Promise<DrainReport> {
  const report: DrainReport = {
    done: {inspect: 0, frames: 0, embed: 0, tag: 0, listen: 0, transcribe: 0, describe: 0},
    failures: [],
    paused: false,
  }
  for (const owner of await ports.library.owners()) if (ports.host.isGone(owner)) await ports.library.expireLeases(owner)
  if (kinds.includes('frames')) await ports.library.enqueueStale('frames', FRAMES_VERSION)
  if (kinds.includes('listen')) await ports.library.enqueueStale('listen', await listenVersion(ports))
  // After a change of the model everything is embedded again, beside the vectors that are there.
  if (kinds.includes('embed')) await ports.library.enqueueStale('embed', (await ports.embedder()).space.name)

  const lanes: Lanes = {kinds, busy: 0, left: most, areEnding: false}
  do {
    await runLanes(ports, lanes, report, signal)
    // What comes while they end is begun anew.
  } while (lanes.left > 0 && (await ports.library.nextJobDelayMs(kinds)) !== null && !(await ports.library.isPaused()))
  for (const identity of await ports.library.removeUnsettled()) await ports.previews.remove(identity)
  if (report.done.embed > 0) await fillKeptIndexes(ports, {signal})
  report.paused = await ports.library.isPaused()
  return report
}

/** Runs all lanes until none of them finds more. Rejects as `drain` does. */
async function runLanes(ports: Ports, lanes: Lanes, report: DrainReport, signal: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  lanes.areEnding = false
  const results = await Promise.allSettled(
    lanes.kinds
      .flatMap(kind => Array<JobKind>(STAGES[kind].lanes).fill(kind))
      .map(kind =>
        runLane(kind, ports, lanes, report, either).catch((error: unknown) => {
          stop.abort()
          throw error
        }),
      ),
  )
  throwIfCancelled(signal)
  const rejected = results.find(result => result.status === 'rejected' && !isCancelled(result.reason))
  if (rejected?.status === 'rejected') throw rejected.reason
}

async function runLane(kind: JobKind, ports: Ports, lanes: Lanes, report: DrainReport, signal: AbortSignal): Promise<void> {
  while (!lanes.areEnding) {
    throwIfCancelled(signal)
    const room = Math.min(STAGES[kind].batch, lanes.left)
    if (room <= 0) return
    lanes.left -= room
    const jobs = await ports.library.claim(kind, room, ports.host.owner)
    lanes.left += room - jobs.length
    if (jobs.length > 0) {
      lanes.busy++
      try {
        await runBatch(kind, jobs, ports, report, signal)
      } finally {
        lanes.busy--
      }
      continue
    }
    const delayMs = await ports.library.nextJobDelayMs(lanes.kinds)
    if (lanes.busy === 0 && (delayMs === null || (await ports.library.isPaused()))) lanes.areEnding = true
    else await sleep(Math.min(LOOK_AGAIN_MS, Math.max(10, delayMs ?? LOOK_AGAIN_MS)), signal)
  }
}

async function runBatch(kind: JobKind, jobs: Job[], ports: Ports, report: DrainReport, signal: AbortSignal): Promise<void> {
  const {library, host} = ports
  const inHand = new Set(jobs.map(job => job.id))
  const heartbeat = setInterval(() => void library.heartbeat([...inHand], host.owner).catch(() => []), LEASE_MS / 3)
  try {
    for (const outcome of await unlessStopped(STAGES[kind].run(jobs, ports, {signal}), signal)) {
      await settle(outcome, ports, report)
      inHand.delete(outcome.job.id)
    }
  } finally {
    clearInterval(heartbeat)
    if (inHand.size > 0) await library.release([...inHand], host.owner)
  }
}

/** Rejects as soon as it is to stop: a decoder may not hear of it for a while, and its jobs shall be given back at once. */
function unlessStopped<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(new MediaForgeError('CANCELLED', 'interrupted', {cause: signal.reason}))
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, {once: true})
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Commits what a job made, or notes why it could not. */
async function settle(outcome: Outcome, ports: Ports, report: DrainReport): Promise<void> {
  const {job} = outcome
  const path = await pathOf(job, ports)
  let error: unknown
  if ('result' in outcome) {
    try {
      await ports.library.finish(job, ports.host.owner, outcome.result)
      if (outcome.result.remains === true) return
      report.done[job.kind]++
      ports.bus.emit({name: 'job.done', kind: job.kind, path})
      return
    } catch (failure) {
      if (failure instanceof MediaForgeError && failure.code === 'LEASE_LOST') return
      if (isFatal(failure)) throw failure
      error = failure
    }
  } else error = outcome.error

  const failure: Failure = {
    path,
    kind: job.kind,
    code: error instanceof MediaForgeError ? error.code : 'INTERNAL',
    message: messageOf(error),
  }
  const final = await ports.library.fail(job, ports.host.owner, failure, !isTransient(error))
  ports.bus.emit({name: 'job.failed', ...failure, final})
  if (final) report.failures.push(failure)
}

async function pathOf(job: Job, {library}: Pick<Ports, 'library'>): Promise<string | null> {
  if (job.kind === 'inspect') return (await library.location(job.subject))?.path ?? null
  return (await library.content(job.subject))?.locations[0]?.path ?? null
}

function isCancelled(error: unknown): boolean {
  return error instanceof MediaForgeError && error.code === 'CANCELLED'
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}
