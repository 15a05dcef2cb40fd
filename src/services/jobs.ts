import type {JobCounts} from '../domain/jobs.js'
import {outlook, type Outlook} from '../domain/time-left.js'
import type {Ports} from './ports.js'

export interface QueueView extends Outlook {
  paused: boolean
  counts: JobCounts
}

/** How much waits, runs and failed, by kind, how fast it goes, and how long it may take. */
export async function queueView({library}: Pick<Ports, 'library'>): Promise<QueueView> {
  const counts = await library.jobCounts()
  return {paused: await library.isPaused(), counts, ...outlook(counts, await library.recentJobs())}
}
