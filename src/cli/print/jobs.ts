import {JOB_KINDS, type JobView} from '../../domain/jobs.js'
import type {QueueView} from '../../services/jobs.js'
import {safe, shortPath, table} from './text.js'

/** Counts by kind and state. */
export function queueText({paused, counts}: QueueView): string {
  const rows = JOB_KINDS.map(kind => [
    kind,
    String(counts[kind].queued),
    String(counts[kind].running),
    String(counts[kind].failed),
  ])
  return `${table([['kind', 'queued', 'running', 'failed'], ...rows], [1, 2, 3])}${paused ? '\npaused; continue with: mediaforge jobs resume' : ''}`
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
