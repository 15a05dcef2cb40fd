import type {Detection} from './media.js'

/** What a shot is judged by. */
export interface ShotEvidence {
  startMs: number
  endMs: number
  motion: number
  detections: readonly Pick<Detection, 'label' | 'score' | 'box'>[]
  /** Mean level in dB of full scale; null where there is no sound. */
  levelDb: number | null
}

/** 0 to 1, each compared with the other shots of the same video. */
export interface Highlight {
  startMs: number
  endMs: number
  score: number
  motion: number
  /** How surely and how large faces, people and things are seen. */
  objects: number
  loudness: number
}

const WEIGHTS = {motion: 0.3, objects: 0.4, loudness: 0.3}
/** A person is worth more than a thing. */
const PERSON = 2
const SHORTEST_MS = 1000

/** Ranks the shots of a video, best first: by motion, by what is seen and by how loud it is. Blinks are left out while there is anything else. */
export function rankShots(shots: readonly ShotEvidence[]): Highlight[] {
  const long = shots.filter(({startMs, endMs}) => endMs - startMs >= SHORTEST_MS)
  const judged = long.length > 0 ? long : shots
  const motion = ranks(judged.map(shot => shot.motion))
  const objects = ranks(judged.map(presence))
  const loudness = ranks(judged.map(shot => shot.levelDb ?? -Infinity))
  return judged
    .map(({startMs, endMs}, i) => {
      const parts = {motion: motion[i] ?? 0, objects: objects[i] ?? 0, loudness: loudness[i] ?? 0}
      const score = WEIGHTS.motion * parts.motion + WEIGHTS.objects * parts.objects + WEIGHTS.loudness * parts.loudness
      return {startMs, endMs, score: Math.round(score * 1000) / 1000, ...parts}
    })
    .sort((a, b) => b.score - a.score || a.startMs - b.startMs)
}

function presence({detections}: ShotEvidence): number {
  return detections.reduce((sum, {label, score, box: [left, top, right, bottom]}) => {
    const area = Math.max(0, (right - left) * (bottom - top))
    return sum + score * Math.sqrt(area) * (label === 'person' || label === 'face' ? PERSON : 1)
  }, 0)
}

/** The share of the others that each value exceeds, half of those it equals; 0 where all are alike: then it tells nothing. */
function ranks(values: readonly number[]): number[] {
  if (values.every(value => value === values[0])) return values.map(() => 0)
  return values.map(value => {
    const below = values.filter(other => other < value).length
    const same = values.filter(other => other === value).length - 1
    return Math.round(((below + same / 2) / (values.length - 1)) * 1000) / 1000
  })
}
