import {sentenceOf} from '../../domain/content-text.js'
import type {Embedder} from '../../domain/ports/embedder.js'
import type {ContentView, StageResult, StoredDetection} from '../../domain/ports/library.js'
import {keyframeWeights} from '../../domain/moments.js'
import {meanVector, type NewVector} from '../../domain/vectors.js'
import type {Outcome, Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {placesOf} from '../places.js'
import {decodeMoment, momentsOf} from './content-pictures.js'
import {eachJob} from './each.js'
import {lookAtPicture} from './picture-look.js'

type Options = {signal: AbortSignal}

/** Vectors of pictures, keyframes and names, and a photo's thumbnail and statistics. What a detecting model saw on the way is kept for the tags. */
export const embedStage: Stage = {
  batch: 8,
  lanes: 2,
  async run(jobs, ports, options): Promise<Outcome[]> {
    const embedder = await ports.embedder()
    // Pictures are decoded on other threads while the model works on earlier ones, so a batch runs side by side, and two of them.
    return eachJob(jobs, async job => {
      const content = await ports.library.content(job.subject)
      if (content === null) return {writes: [], next: [], version: embedder.space.name}
      const result = await embed(content, embedder, ports, options)
      // Another model was chosen meanwhile: it is still to be embedded by that one.
      return (await ports.embedder()).space.name === embedder.space.name ? result : {...result, remains: true}
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
  const look = await lookAtPicture(content, ports, options)
  const frames: {data: Float32Array; weight: number}[] = []
  const weights = keyframeWeights(content.shots, content.keyframes)
  const moments = look?.facts.noDecoder === undefined ? momentsOf(content) : []
  for (const [i, moment] of moments.entries()) {
    const pixels = await decodeMoment(content, moment, embedder.pictureRule, ports, options)
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
      ...(look === null ? [] : [look]),
      {type: 'vectors', contentId: content.id, space: embedder.space, vectors},
      {type: 'detections', contentId: content.id, model: embedder.model, detections},
    ],
    next: ['tag'],
    version: embedder.space.name,
  }
}
