/** The work there is, in the order a file passes through it. `subject` is a location id for `inspect`, else a content id. */
export const JOB_KINDS = ['inspect', 'frames', 'embed', 'tag', 'listen', 'transcribe', 'describe'] as const
export type JobKind = (typeof JOB_KINDS)[number]

export const JOB_STATES = ['queued', 'running', 'failed'] as const
export type JobState = (typeof JOB_STATES)[number]

/** How often a job that ends in an error is tried. */
export const MAX_ATTEMPTS = 3

/**
 * A job whose worker died this often is claimed alone from then on: in a batch, one file that kills its decoder would condemn the others.
 * Attempts are counted before the stage runs.
 */
export const DEATHS_IN_COMPANY = 2
/** A job whose worker died this often is given up. People who stop a scan by force a few times lose nothing by it. */
export const MAX_DEATHS = 5

/** How long a claim holds without a heartbeat. */
export const LEASE_MS = 60_000

/** Wait before attempt `attempts + 1`: 2 s, 8 s, 32 s. */
export function retryDelayMs(attempts: number): number {
  return 500 * 4 ** attempts
}

/** A job in a worker's hands. Jobs carry ids, never data: a stage re-reads what it needs. */
export interface Job {
  id: number
  kind: JobKind
  subject: number
  attempts: number
}

/** Work to be put on the queue. Enqueueing what is already there is harmless. */
export interface NewJob {
  kind: JobKind
  subject: number
}

/** One line of `jobs list`. */
export interface JobView {
  id: number
  kind: JobKind
  state: JobState
  path: string | null
  attempts: number
  errorCode: string | null
  errorMessage: string | null
  updatedAt: string
}

/** How far back finished jobs are counted. */
export const SPEED_WINDOW_MS = 300_000

/** Jobs of a kind that ended well of late, and since when they are counted: at most `SPEED_WINDOW_MS`. */
export interface RecentJobs {
  jobs: number
  withinMs: number
}

export type JobCounts = Record<JobKind, Record<JobState, number>>
