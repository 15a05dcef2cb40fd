import type {Job, JobKind} from '../domain/jobs.js'
import type {StageResult} from '../domain/ports/library.js'
import type {Ports} from './ports.js'
import {describeStage} from './stages/describe.js'
import {embedStage} from './stages/embed.js'
import {framesStage} from './stages/frames.js'
import {inspectStage} from './stages/inspect.js'
import {listenStage} from './stages/listen.js'
import {tagStage} from './stages/tag.js'
import {transcribeStage} from './stages/transcribe.js'

/** What became of one job of a batch. */
export type Outcome = {job: Job; result: StageResult} | {job: Job; error: unknown}

/**
 * A function from jobs to data: it reads through the ports and hands back what to write, so it can run twice without harm. One failing job
 * of a batch is an outcome; a rejection means that the whole stage cannot work.
 */
export interface Stage {
  /** How many jobs are claimed together. */
  batch: number
  /** How many batches one worker has in hand at a time: with two, the files of one are read while a model works on the other. */
  lanes: number
  run(jobs: Job[], ports: Ports, options: {signal: AbortSignal}): Promise<Outcome[]>
}

/** Job kind → stage. A kind without a stage does not compile. */
export const STAGES: Record<JobKind, Stage> = {
  inspect: inspectStage,
  frames: framesStage,
  embed: embedStage,
  tag: tagStage,
  listen: listenStage,
  transcribe: transcribeStage,
  describe: describeStage,
}
