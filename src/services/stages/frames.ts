import {MediaForgeError} from '../../domain/errors.js'
import type {Job} from '../../domain/jobs.js'
import {STILL_SIDE, type Keyframe} from '../../domain/media.js'
import type {StageResult} from '../../domain/ports/library.js'
import type {Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {openLocation} from './content-file.js'
import {eachJob} from './each.js'

const VERSION = '1'
const SECONDS_A_KEYFRAME = 10
const MOST_KEYFRAMES = 24

/** Picks a few evenly spread keyframes of a video and keeps them as small pictures. */
export const framesStage: Stage = {
  batch: 2,
  lanes: 1,
  run: (jobs, ports, options) => eachJob(jobs, job => frames(job, ports, options)),
}

async function frames(job: Job, ports: Ports, options: {signal: AbortSignal}): Promise<StageResult> {
  const content = await ports.library.content(job.subject)
  if (content === null) return {writes: [], next: [], version: VERSION}
  const path = await openLocation(content, ports)
  const keyframes: Keyframe[] = []
  for (const atMs of spread(content.facts.durationMs ?? 0)) {
    const target = ports.previews.pathOf(content.identity, {atMs})
    await ports.previews.prepare(target)
    if (await ports.video.extractFrame(path, atMs, target, STILL_SIDE, options)) keyframes.push({ordinal: keyframes.length, atMs})
  }
  if (keyframes.length === 0) throw new MediaForgeError('FILE_BROKEN', 'no frame of this video could be decoded')
  return {writes: [{type: 'keyframes', contentId: content.id, keyframes}], next: ['embed'], version: VERSION}
}

/** Moments in the middle of equal parts: never the first frame, which is often black. */
function spread(durationMs: number): number[] {
  const count = Math.min(MOST_KEYFRAMES, Math.max(1, Math.ceil(durationMs / 1000 / SECONDS_A_KEYFRAME)))
  return Array.from({length: count}, (_, i) => Math.round(((i + 0.5) / count) * durationMs))
}
