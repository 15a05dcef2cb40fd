import {JOB_KINDS, type JobView} from '../../domain/jobs.js'
import {formatDuration} from '../../domain/units.js'
import type {QueueView} from '../../services/jobs.js'
import {safe, shortPath, table} from './text.js'

/** Counts by kind and state, speed, and time left. */
export function queueText({paused, counts, perSecond, leftMs}: QueueView): string {
  const rows = JOB_KINDS.map(kind => [
    kind,
    String(counts[kind].queued),
    String(counts[kind].running),
    String(counts[kind].failed),
    speedText(perSecond[kind]),
  ])
  const waits = JOB_KINDS.some(kind => counts[kind].queued + counts[kind].running > 0)
  const left = waits && !paused && leftMs !== null ? `\nabout ${formatDuration(leftMs)} left at this speed` : ''
  const head = ['kind', 'queued', 'running', 'failed', 'speed']
  return `${table([head, ...rows], [1, 2, 3, 4])}${left}${paused ? '\npaused; continue with: mediaforge jobs resume' : ''}`
}

/** Slow work is told by the minute: `0.1/s` says less than `4/min`. */
function speedText(perSecond: number | null): string {
  if (perSecond === null) return ''
  return perSecond >= 1 ? `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s` : `${(perSecond * 60).toFixed(1)}/min`
}

/** A job a line, with the reason where it failed. */
export function jobsText(jobs: readonly JobView[]): string {
  if (jobs.length === 0) return 'no such jobs'
  return table(
    jobs.map(job => [
      String(job.id),
      job.kind,
      job.state,
      job.path === null ? '?' : shortPath(job.path),
      job.errorCode === null ? '' : `${safe(job.errorMessage ?? '')} (${job.errorCode})`,
    ]),
    [0],
  )
}
