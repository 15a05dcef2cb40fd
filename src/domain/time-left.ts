import {JOB_KINDS, type JobCounts, type JobKind, type RecentJobs} from './jobs.js'

/** Jobs a second by kind, and how long the queue may take; null where nothing of the kind was finished of late. */
export interface Outlook {
  perSecond: Record<JobKind, number | null>
  leftMs: number | null
}

/**
 * How fast the queue goes, and when it may be empty. Each kind has a lane of its own, so the slowest one says how long it takes; it has before
 * it what waits for it, and what earlier lanes will hand on to it. An estimate from above: what is known already is not handed on.
 */
export function outlook(counts: JobCounts, recent: Record<JobKind, RecentJobs>): Outlook {
  const perSecond = {} as Outlook['perSecond']
  let leftMs: number | null = 0
  let coming = 0
  for (const kind of JOB_KINDS) {
    const {jobs, withinMs} = recent[kind]
    const speed = jobs === 0 ? null : jobs / (withinMs / 1000)
    perSecond[kind] = speed
    const waiting = counts[kind].queued + counts[kind].running
    coming += waiting
    // Only videos pass through `frames`, so what comes from before says little about that lane.
    const left = kind === 'frames' ? waiting : coming
    if (left === 0 || leftMs === null) continue
    leftMs = speed === null ? (waiting === 0 ? leftMs : null) : Math.max(leftMs, (left / speed) * 1000)
  }
  return {perSecond, leftMs: leftMs === null ? null : Math.round(leftMs)}
}
