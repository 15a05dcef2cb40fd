import {bestTags, roundedConfidence, type DetectorRule} from './detector-tags.js'
import type {Detection, Keyframe, Shot} from './media.js'
import type {Tag} from './tags.js'
import {mostSure} from './zero-shot.js'

/** What is seen in less than this share of a video is not what it is about, unless it is seen clearly. */
const LEAST_SHARE = 0.05
const CLEAR_CONFIDENCE = 0.9

/** A tag of one keyframe of a video. */
export interface MomentTag {
  atMs: number
  name: string
  confidence: number
}

type Seen = Pick<Detection, 'label' | 'score'> & {atMs: number}

/** The shot that a moment lies in; undefined where no shots are known. */
export function shotAt(shots: readonly Shot[], atMs: number): Shot | undefined {
  return shots.findLast(({startMs}) => startMs <= atMs) ?? shots[0]
}

/** How long the stretch is that each keyframe stands for: its share of its shot. */
export function keyframeWeights(shots: readonly Shot[], keyframes: readonly Pick<Keyframe, 'atMs'>[]): number[] {
  const owners = keyframes.map(({atMs}) => shotAt(shots, atMs))
  return owners.map(shot => {
    if (shot === undefined) return 1
    return Math.max(1, shot.endMs - shot.startMs) / owners.filter(other => other === shot).length
  })
}

/** A video's tags from what was detected at its keyframes. */
export function videoTags(
  shots: readonly Shot[],
  keyframes: readonly Keyframe[],
  seen: readonly Seen[],
  rule: DetectorRule,
): Tag[] {
  const byMoment = keyframes.map(({atMs}) => seenAt(seen, atMs, rule))
  return tagsOfMoments(byMoment, keyframeWeights(shots, keyframes)).map(tag => ({
    ...tag,
    source: 'detector' as const,
    model: rule.model,
  }))
}

/**
 * What a video shows, from what each of its moments shows and how long that lasts: what fills enough of it, or is seen clearly. The confidence is
 * the mean over the moments in which it was seen, weighted by how long each of them lasts.
 */
export function tagsOfMoments(
  byMoment: readonly (readonly Pick<Tag, 'name' | 'confidence'>[])[],
  weights: readonly number[],
): Pick<Tag, 'name' | 'confidence'>[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const labels = new Map<string, {weight: number; sum: number; best: number}>()
  for (const [i, tags] of byMoment.entries()) {
    const weight = weights[i] as number
    for (const {name, confidence} of tags) {
      const label = labels.get(name) ?? {weight: 0, sum: 0, best: 0}
      label.weight += weight
      label.sum += weight * confidence
      label.best = Math.max(label.best, confidence)
      labels.set(name, label)
    }
  }
  return [...labels].flatMap(([name, {weight, sum, best}]) =>
    weight >= LEAST_SHARE * total || best >= CLEAR_CONFIDENCE ? [{name, confidence: roundedConfidence(sum / weight)}] : [],
  )
}

/** What is seen in a shot, by a detector or by a model that compares pictures with words, the surest first. */
export function shotTags(
  {startMs, endMs}: Shot,
  seen: readonly Seen[],
  rule: DetectorRule,
  tags: readonly MomentTag[],
): {name: string; confidence: number}[] {
  const inShot = ({atMs}: {atMs: number}): boolean => atMs >= startMs && atMs < endMs
  const best = new Map<string, number>()
  for (const {name, confidence} of [...bestTags(seen.filter(inShot), rule), ...tags.filter(inShot)]) {
    best.set(name, Math.max(confidence, best.get(name) ?? 0))
  }
  return mostSure([...best].map(([name, confidence]) => ({name, confidence: roundedConfidence(confidence)})))
}

function seenAt(seen: readonly Seen[], atMs: number, rule: DetectorRule): {name: string; confidence: number}[] {
  return bestTags(
    seen.filter(detection => detection.atMs === atMs),
    rule,
  )
}
