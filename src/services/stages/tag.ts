import {detectorTags} from '../../domain/detector-tags.js'
import type {Job} from '../../domain/jobs.js'
import {exportedTags, metadataTags} from '../../domain/metadata-tags.js'
import {videoTags} from '../../domain/moments.js'
import type {StageResult} from '../../domain/ports/library.js'
import type {Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {eachJob} from './each.js'

/** Which rules made a content's machine tags. Raise it when the rules change, and `tag` finds what is stale. */
export const TAG_VERSION = '2'

/** Makes tags from what earlier stages found: no picture is decoded here, so tagging a whole library anew takes seconds. */
export const tagStage: Stage = {
  batch: 8,
  run: (jobs, ports) => eachJob(jobs, job => tag(job, ports)),
}

async function tag(job: Job, ports: Ports): Promise<StageResult> {
  const content = await ports.library.content(job.subject)
  if (content === null) return {writes: [], next: [], version: TAG_VERSION}
  const {location} = content.facts
  const places = location === undefined ? [] : await ports.places.namesOf(location)
  const {model, detections} = await ports.library.detections(content.id)
  const seen =
    content.format.kind === 'video'
      ? videoTags(content.shots, content.keyframes, detections, model ?? '')
      : detectorTags(detections, model ?? '')
  const found = [...metadataTags({...content, places}), ...seen]
  const tags = [...found, ...exportedTags(content.facts, found)]
  return {
    writes: [{type: 'tags', contentId: content.id, sources: ['metadata', 'detector'], tags}],
    next: [],
    version: TAG_VERSION,
  }
}
