import {sentenceOf} from '../../domain/content-text.js'
import {MediaForgeError} from '../../domain/errors.js'
import {STILL_SIDE, type Pixels} from '../../domain/media.js'
import type {Embedder} from '../../domain/ports/embedder.js'
import type {ContentView, StageResult, StoredDetection} from '../../domain/ports/library.js'
import {keyframeWeights} from '../../domain/moments.js'
import {meanVector, type NewVector} from '../../domain/vectors.js'
import type {Outcome, Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {placesOf} from '../places.js'
import {openLocation} from './content-file.js'
import {eachJob} from './each.js'

type Options = {signal: AbortSignal}

/** Vectors of pictures, keyframes and names. What a detecting model saw on the way is kept for the tags. */
export const embedStage: Stage = {
  batch: 8,
  lanes: 2,
  async run(jobs, ports, options): Promise<Outcome[]> {
    const embedder = await ports.embedder()
    // Pictures are decoded on other threads while the model works on earlier ones, so a batch runs side by side, and two of them.
    return eachJob(jobs, async job => {
      const content = await ports.library.content(job.subject)
      return content === null ? {writes: [], next: [], version: embedder.space.name} : embed(content, embedder, ports, options)
    })
  },
}

async function embed(content: ContentView, embedder: Embedder, ports: Ports, options: Options): Promise<StageResult> {
  const vectors: NewVector[] = []
  const detections: StoredDetection[] = []
  const roots = await ports.library.roots()
  const sentence = sentenceOf(placesOf(content, roots), content.facts)
  if (sentence !== '') {
    const [data] = await embedder.embedTexts([sentence], options)
    if (data !== undefined) vectors.push({aspect: 'text', atMs: 0, data})
  }
  const frames: {data: Float32Array; weight: number}[] = []
  const weights = keyframeWeights(content.shots, content.keyframes)
  for (const [i, moment] of moments(content).entries()) {
    const pixels = await decode(content, moment, embedder, ports, options)
    const [embedding] = await embedder.embedPictures([pixels], options)
    if (embedding === undefined) continue
    const atMs = moment ?? 0
    detections.push(...embedding.detections.map(detection => ({...detection, atMs})))
    if (embedding.vector.some(value => value !== 0)) {
      vectors.push({aspect: moment === null ? 'picture' : 'frame', atMs, data: embedding.vector})
      if (moment !== null) frames.push({data: embedding.vector, weight: weights[i] ?? 1})
    }
  }
  const whole = meanVector(
    frames.map(({data}) => data),
    frames.map(({weight}) => weight),
  )
  if (whole !== null) vectors.push({aspect: 'video', atMs: 0, data: whole})
  return {
    writes: [
      {type: 'vectors', contentId: content.id, space: embedder.space, vectors},
      {type: 'detections', contentId: content.id, model: embedder.model, detections},
    ],
    next: ['tag'],
    version: embedder.space.name,
  }
}

/** The pictures a content has: itself or its cover (null), the moments of a video, or none. */
function moments({format, facts, keyframes}: ContentView): (number | null)[] {
  if (format.kind === 'video') return keyframes.map(keyframe => keyframe.atMs)
  const isSeen = format.kind === 'photo' ? facts.noDecoder === undefined : facts.hasCover === true
  return isSeen ? [null] : []
}

const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const

async function decode(
  content: ContentView,
  moment: number | null,
  embedder: Embedder,
  ports: Ports,
  options: Options,
): Promise<Pixels> {
  const rule = embedder.pictureRule
  if (content.format.kind !== 'photo')
    return ports.pictures.decode(await still(content, moment ?? 0, ports, options), JPEG, rule, options)
  try {
    return await ports.pictures.decode(await openLocation(content, ports), content.format, rule, options)
  } catch (error) {
    if (!(error instanceof MediaForgeError && error.code === 'FILE_UNRECOGNISED')) throw error
    return ports.pictures.decode(await still(content, 0, ports, options), JPEG, rule, options)
  }
}

/** The kept picture of a moment, made again where the cache was emptied. */
async function still(content: ContentView, atMs: number, ports: Ports, options: Options): Promise<string> {
  const path = ports.previews.pathOf(content.identity, {atMs})
  if (!(await ports.previews.has(path))) {
    await ports.previews.prepare(path)
    await ports.video.extractFrame(await openLocation(content, ports), atMs, path, STILL_SIDE, options)
  }
  return path
}
