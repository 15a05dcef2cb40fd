import type {Answer} from './answers.js'
import {calibrated, type Calibration} from './calibration.js'
import {shifted} from './scoring.js'
import {normaliseTag} from './tag-names.js'
import type {Tag} from './tags.js'

/**
 * What the scores of detectors are worth, by model. Those of the starter detector are fitted on 79 photographs labelled with COCO objects; by
 * 5-fold cross-validation they err by 0.03 (`mediaforge bench embed --model starter --media DIR`).
 */
const CALIBRATIONS: Readonly<Record<string, Calibration | undefined>> = {
  centernet: {
    points: [
      [0.1022, 0.0417],
      [0.1111, 0.0595],
      [0.1252, 0.0667],
      [0.1369, 0.0833],
      [0.1475, 0.1667],
      [0.1675, 0.2333],
      [0.1847, 0.25],
      [0.195, 0.375],
      [0.2254, 0.4],
      [0.2705, 0.4792],
      [0.3444, 0.75],
      [0.4512, 0.9167],
      [0.5251, 0.9722],
      [0.7284, 0.999],
    ],
  },
}

/** How a detector's scores become tags. */
export interface DetectorRule {
  /** What detected. */
  model: string
  leastConfidence: number
  /** What a person's answers moved tags by, in log-odds, by name. */
  shifts: ReadonlyMap<string, number>
}

/** The confidence of each tag that was seen well enough to be one, the surest first. */
export function bestTags(
  detections: readonly {label: string; score: number}[],
  {model, leastConfidence, shifts}: DetectorRule,
): {name: string; confidence: number}[] {
  const best = new Map<string, number>()
  for (const {label, score} of detections) {
    const name = normaliseTag(label)
    const confidence = shifted(worthOf(score, model), shifts.get(name))
    if (confidence >= leastConfidence) best.set(name, Math.max(confidence, best.get(name) ?? 0))
  }
  return [...best].map(([name, confidence]) => ({name, confidence})).sort((a, b) => b.confidence - a.confidence)
}

/** The probability that a score of a detector stands for. */
function worthOf(score: number, model: string): number {
  const calibration = CALIBRATIONS[model]
  return calibration === undefined ? score : calibrated(score, calibration)
}

/** A person's answers to what a detector saw, and how sure it was of each. Tags that it did not see there say nothing. */
export function detectorAnswers(
  answered: readonly {tag: string; isYes: boolean; label: string; score: number}[],
  model: string,
): Answer[] {
  return answered
    .filter(({tag, label}) => normaliseTag(label) === normaliseTag(tag))
    .map(({tag, isYes, score}) => ({tag, isYes, confidence: worthOf(score, model)}))
}

/** A picture's tags from what was detected in it. */
export function detectorTags(detections: readonly {label: string; score: number}[], rule: DetectorRule): Tag[] {
  return bestTags(detections, rule).map(({name, confidence}) => ({
    name,
    confidence: roundedConfidence(confidence),
    source: 'detector',
    model: rule.model,
  }))
}

/** Three digits: more would be noise. */
export function roundedConfidence(value: number): number {
  return Math.round(value * 1000) / 1000
}
