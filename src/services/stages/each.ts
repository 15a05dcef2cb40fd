import {isFatal} from '../../domain/errors.js'
import type {Job} from '../../domain/jobs.js'
import type {StageResult} from '../../domain/ports/library.js'
import type {Outcome} from '../pipeline.js'

/** Runs a batch side by side, one outcome a job. An error that would meet every file ends the batch instead. */
export async function eachJob(jobs: Job[], run: (job: Job) => Promise<StageResult>): Promise<Outcome[]> {
  return Promise.all(
    jobs.map(async (job): Promise<Outcome> => {
      try {
        return {job, result: await run(job)}
      } catch (error) {
        if (isFatal(error)) throw error
        return {job, error}
      }
    }),
  )
}
