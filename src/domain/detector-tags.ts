import {normaliseTag} from './tag-names.js'
import type {Tag} from './tags.js'

/** Least score of a detection that becomes a tag: precision 0.90, recall 0.54 with the starter detector on labelled photographs. */
const TAG_SCORE = 0.3

/** A content's tags from what was detected in it, or in any of its keyframes: the best score of each label. */
export function detectorTags(detections: readonly {label: string; score: number}[], model: string): Tag[] {
  const best = new Map<string, number>()
  for (const {label, score} of detections) {
    const name = normaliseTag(label)
    if (score >= TAG_SCORE) best.set(name, Math.max(score, best.get(name) ?? 0))
  }
  return [...best].map(([name, score]) => ({name, confidence: Math.round(score * 1000) / 1000, source: 'detector', model}))
}
