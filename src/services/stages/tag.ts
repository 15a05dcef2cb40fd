import {detectorTags} from '../../domain/detector-tags.js'
import {fingerprint} from '../../domain/fingerprint.js'
import type {Job} from '../../domain/jobs.js'
import {exportedTags, metadataTags} from '../../domain/metadata-tags.js'
import {keyframeWeights, tagsOfMoments, videoTags, type MomentTag} from '../../domain/moments.js'
import type {ContentView, StageResult} from '../../domain/ports/library.js'
import type {Tag} from '../../domain/tags.js'
import {mostSure, zeroShotTags} from '../../domain/zero-shot.js'
import {classifierOf} from '../classifier.js'
import {detectorRule, leastConfidence} from '../confidence.js'
import type {Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {eachJob} from './each.js'

/** Which rules make machine tags. Raise it when the rules change, and `tag` finds what is stale. */
const RULES = '6'

/** What a content's tags depend on besides the content: rules, labels, what scores are worth, and from where on they count. */
export async function tagVersion({
  library,
  vocabulary,
  embedder,
}: Pick<Ports, 'library' | 'vocabulary' | 'embedder'>): Promise<string> {
  const {scoring} = await embedder()
  const {version} = await vocabulary.read()
  const rules = [scoring === null ? null : [version, scoring], await leastConfidence(library)]
  return `${RULES}.${fingerprint(JSON.stringify(rules))}`
}

/** Makes tags from what earlier stages found: no picture is decoded here, so tagging a whole library anew takes seconds. */
export const tagStage: Stage = {
  batch: 8,
  lanes: 1,
  async run(jobs, ports, options) {
    const version = await tagVersion(ports)
    return eachJob(jobs, job => tag(job, ports, version, options))
  },
}

async function tag(job: Job, ports: Ports, version: string, {signal}: {signal: AbortSignal}): Promise<StageResult> {
  const content = await ports.library.content(job.subject)
  if (content === null) return {writes: [], next: [], version}
  const {location} = content.facts
  const places = location === undefined ? [] : await ports.places.namesOf(location)
  const least = await leastConfidence(ports.library)
  const {model, detections} = await ports.library.detections(content.id)
  const rule = await detectorRule(ports.library, model)
  const seen =
    content.format.kind === 'video'
      ? videoTags(content.shots, content.keyframes, detections, rule)
      : detectorTags(detections, rule)
  const compared = await zeroShot(content, ports, least, signal)
  const found = [...metadataTags({...content, places}), ...seen, ...compared.tags]
  const tags = [...found, ...exportedTags(content.facts, found)]
  return {
    writes: [
      {type: 'tags', contentId: content.id, sources: ['metadata', 'detector', 'zero-shot'], tags},
      {type: 'momentTags', contentId: content.id, tags: compared.moments},
    ],
    next: [],
    version,
  }
}

interface Compared {
  tags: Tag[]
  /** Of a video, what each keyframe shows. */
  moments: MomentTag[]
}

async function zeroShot(content: ContentView, ports: Ports, leastConfidence: number, signal: AbortSignal): Promise<Compared> {
  const embedder = await ports.embedder()
  if (embedder.scoring === null) return {tags: [], moments: []}
  const vectors = await ports.library.contentVectors(content.id, embedder.space.name)
  const classifier = vectors.length === 0 ? null : await classifierOf(ports, embedder, signal)
  if (classifier === null) return {tags: [], moments: []}
  const rule = {leastConfidence, model: embedder.model}
  const byPicture = vectors.map(({data}) => zeroShotTags(data, classifier, rule))
  // What is not a video has one picture.
  if (content.format.kind !== 'video') return {tags: byPicture.flat(), moments: []}
  const weights = keyframeWeights(content.shots, vectors)
  return {
    tags: mostSure(tagsOfMoments(byPicture, weights)).map(tag => ({...tag, source: 'zero-shot', model: embedder.model})),
    moments: vectors.flatMap(({atMs}, i) => (byPicture[i] ?? []).map(({name, confidence}) => ({atMs, name, confidence}))),
  }
}
