import type {JobCounts} from '../domain/jobs.js'
import type {Ports} from './ports.js'

export interface QueueView {
  paused: boolean
  counts: JobCounts
}

/** How much waits, runs and failed, by kind. */
export async function queueView({library}: Pick<Ports, 'library'>): Promise<QueueView> {
  return {paused: await library.isPaused(), counts: await library.jobCounts()}
}
