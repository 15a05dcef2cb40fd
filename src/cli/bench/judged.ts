import {expectedCalibrationError, crossValidated} from '../../domain/calibration.js'
import {zeroShotJudgements, type Judged} from '../../domain/judging.js'
import type {Embedder} from '../../domain/ports/embedder.js'
import {normaliseTag} from '../../domain/tag-names.js'
import {dot} from '../../domain/vectors.js'
import type {Vocabulary} from '../../domain/vocabulary.js'
import {averagePrecision, LEAST_PICTURES_A_CLASS, mean} from './found.js'
import type {LabelledPicture} from '../labelled-folder.js'
import {alone, type BenchResult} from './measure.js'

type Placed = LabelledPicture & {vector: Float32Array; detections: {label: string; score: number}[]}

const RECALL_DEPTHS = [1, 10] as const
/** Where the curve of precision and recall is told. */
const CONFIDENCES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

/** `embed.recall1` and `10`: how often a caption's own picture is nearest to it, or among ten, by vectors alone. */
export async function* recallFigures(embedder: Embedder, pictures: readonly Placed[]): AsyncIterable<BenchResult> {
  const captions = pictures.flatMap((picture, i) => picture.captions.map(caption => ({caption, i})))
  if (captions.length === 0) return
  const texts = await embedder.embedTexts(captions.map(({caption}) => caption))
  const ranks = captions.map(({i}, j) => {
    const cosines = pictures.map(({vector}) => dot(vector, texts[j] as Float32Array))
    return cosines.filter(cosine => cosine > (cosines[i] as number)).length
  })
  for (const depth of RECALL_DEPTHS) {
    const share = ranks.filter(rank => rank < depth).length / ranks.length
    const chance = Math.min(1, depth / pictures.length)
    yield {
      name: `embed.recall${depth}`,
      value: share,
      unit: 'share of captions',
      peer: 'chance',
      peerValue: chance,
      ratio: share / chance,
      rounds: captions.length,
    }
  }
}

/**
 * `embed.map`: mean average precision of `a photo of a X` over the classes, by vectors alone. `tags.ece`: by how much a tag's confidence is wrong on
 * the average, by 5-fold cross-validation, of all labels and of those that would be shown; and the curve of precision and recall.
 */
export async function* labelledFigures(
  embedder: Embedder,
  pictures: readonly Placed[],
  {labels}: Vocabulary,
  vectors: readonly Float32Array[] | null,
): AsyncIterable<BenchResult> {
  const classes = [...new Set(pictures.flatMap(({objects}) => objects))]
  if (classes.length === 0) return
  const frequent = classes.filter(name => pictures.filter(({objects}) => objects.includes(name)).length >= LEAST_PICTURES_A_CLASS)
  const texts = await embedder.embedTexts(frequent.map(name => `a photo of ${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`))
  const precisions = frequent.map((name, i) => {
    const ranked = pictures
      .map(({file, vector}) => ({file, cosine: dot(vector, texts[i] as Float32Array)}))
      .sort((a, b) => b.cosine - a.cosine)
    const relevant = new Set(pictures.filter(({objects}) => objects.includes(name)).map(({file}) => file))
    return averagePrecision(
      ranked.map(({file}) => file),
      relevant,
    )
  })
  if (frequent.length > 0) yield alone('embed.map', mean(precisions), 'mean average precision', frequent.length)

  const judged =
    vectors === null || embedder.scoring === null
      ? detectedJudgements(pictures)
      : zeroShotJudgements(pictures, {labels, vectors, scoring: embedder.scoring})
  yield* calibrationFigures(
    judged,
    pictures.reduce((sum, {objects}) => sum + new Set(objects.map(normaliseTag)).size, 0),
  )
}

function detectedJudgements(pictures: readonly Placed[]): Judged[] {
  return pictures.flatMap(({file, objects, detections}) => {
    const truth = new Set(objects.map(normaliseTag))
    const best = new Map<string, number>()
    for (const {label, score} of detections) {
      const name = normaliseTag(label)
      best.set(name, Math.max(score, best.get(name) ?? 0))
    }
    return [...best].map(([name, score]) => ({group: file, score, isTrue: truth.has(name)}))
  })
}

/** `there`: how many objects there are to be found. */
function* calibrationFigures(judged: readonly Judged[], there: number): Iterable<BenchResult> {
  if (!judged.some(({isTrue}) => isTrue) || judged.every(({isTrue}) => isTrue)) return
  const claims = crossValidated(judged)
  yield alone('tags.ece', expectedCalibrationError(claims), 'mean error of confidence', judged.length)
  for (const least of CONFIDENCES) {
    const shown = claims.filter(({probability}) => probability >= least)
    if (shown.length === 0) continue
    const right = shown.filter(({isTrue}) => isTrue).length
    yield {
      ...alone(`tags.precision@${least}`, right / shown.length, 'share of tags', shown.length),
      peer: 'recall',
      peerValue: right / there,
    }
    if (least === 0.5)
      yield alone('tags.eceShown', expectedCalibrationError(shown), 'mean error of confidences from 0.5', shown.length)
  }
}
