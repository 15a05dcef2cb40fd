import type {Shot, Transition} from '../media.js'
import type {Boundary} from './boundaries.js'
import type {ShotDetector} from './detector.js'
import {isPlain} from './fades.js'
import {difference, type Sketch} from './look.js'
import type {FrameSeries} from './series.js'

/** The shots of a video and the moments that stand for them. */
export interface ShotList {
  shots: Shot[]
  /** Times of keyframes, in order. */
  keyframesMs: number[]
}

/** A short video gets so many keyframes as if it were longer, though never more than its whole hour may have. */
const SHORT_VIDEO_CAP = 24
/** A shot is looked at anew where it no longer looks as it did, and now and then all the same. */
const PART_CHANGED = 0.5
const SHORTEST_PART_MS = 4000
const LONGEST_PART_MS = 30_000
/** What a camera may still do, or no longer, at either end of a shot. */
const MARGIN = 0.08
/** Too little light, or a picture too flat, to stand for anything while there is better. */
const DIM = {brightness: 28, contrast: 10}

/** A stretch of a shot that looks the same from end to end: frames from `from` up to and without `to`. */
interface Part {
  from: number
  to: number
}

/**
 * Makes shots of what a detector found. Each has one keyframe, a long one that changes has more, one with nothing to see has none; of more than
 * `keyframesPerHour` those of the shortest stretches are dropped. Empty where there was not one frame.
 */
export function makeShots(detector: ShotDetector, boundaries: readonly Boundary[], keyframesPerHour: number): ShotList {
  const {series, glances} = detector
  if (series.length === 0) return {shots: [], keyframesMs: []}
  const endMs = endOf(series)
  const starts = [{frame: 0, to: 0, kind: 'start' as Transition}, ...boundaries]
  const shots: Shot[] = []
  const found: {atMs: number; lengthMs: number}[] = []
  for (const [ordinal, {frame, to, kind}] of starts.entries()) {
    const next = boundaries[ordinal]
    const end = next?.frame ?? series.length
    shots.push({
      ordinal,
      startMs: ordinal === 0 ? 0 : series.atMs(frame),
      endMs: next === undefined ? endMs : series.atMs(next.frame),
      transition: kind,
      motion: motionOf(series, Math.max(frame, to), Math.min(end, next?.from ?? end)),
    })
    for (const part of partsOf(series, glances, {from: frame, to: end})) {
      // Frames of a dissolve show two shots; where a shot is nothing else, they must do.
      const clear = {from: Math.max(part.from, kind === 'dissolve' ? to : frame), to: Math.min(part.to, next?.from ?? end)}
      const best = bestFrame(series, clear) ?? bestFrame(series, part)
      if (best !== null) found.push({atMs: series.atMs(best), lengthMs: series.atMs(part.to - 1) - series.atMs(part.from)})
    }
  }
  if (found.length === 0) found.push({atMs: series.atMs(mostContrast(series)), lengthMs: endMs})
  const cap = Math.max(Math.min(SHORT_VIDEO_CAP, keyframesPerHour), Math.ceil((keyframesPerHour * endMs) / 3_600_000))
  const kept = found.sort((a, b) => b.lengthMs - a.lengthMs).slice(0, cap)
  return {shots, keyframesMs: kept.map(({atMs}) => atMs).sort((a, b) => a - b)}
}

/** The end of the last frame, as long as its forerunners were on average. */
function endOf(series: FrameSeries): number {
  const last = series.atMs(series.length - 1)
  const mean = series.length < 2 ? 0 : (last - series.atMs(0)) / (series.length - 1)
  return Math.round(last + mean)
}

/** How much changes in a second, transitions left out. */
function motionOf(series: FrameSeries, from: number, to: number): number {
  const seconds = to - from < 2 ? 0 : (series.atMs(to - 1) - series.atMs(from)) / 1000
  if (seconds <= 0) return 0
  let sum = 0
  for (let i = from + 1; i < to; i++) sum += series.change(i)
  return Math.round((sum / seconds) * 1000) / 1000
}

/** A sketch of about every second. */
export interface Glance {
  frame: number
  sketch: Uint8Array
}

function partsOf(series: FrameSeries, glances: readonly Glance[], shot: Part): Part[] {
  const parts: Part[] = []
  let from = shot.from
  let first: Sketch | null = null
  for (let i = firstAtOrAfter(glances, shot.from); i < glances.length; i++) {
    const {frame, sketch} = glances[i] as Glance
    if (frame >= shot.to) break
    const now = Float32Array.from(sketch)
    first ??= now
    const lengthMs = series.atMs(frame) - series.atMs(from)
    const restMs = series.atMs(shot.to - 1) - series.atMs(frame)
    if (Math.min(lengthMs, restMs) < SHORTEST_PART_MS) continue
    if (lengthMs < LONGEST_PART_MS && difference(first, now) < PART_CHANGED) continue
    parts.push({from, to: frame})
    from = frame
    first = now
  }
  return [...parts, {from, to: shot.to}]
}

function firstAtOrAfter(glances: readonly Glance[], frame: number): number {
  let low = 0
  let high = glances.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((glances[middle] as Glance).frame < frame) low = middle + 1
    else high = middle
  }
  return low
}

/** The sharpest frame near the middle that shows something, well lit before dim; null where none does. */
function bestFrame(series: FrameSeries, {from, to}: Part): number | null {
  const margin = Math.floor((to - from) * MARGIN)
  let best: number | null = null
  let bestScore = 0
  for (let i = from + margin; i < to - margin; i++) {
    const brightness = series.brightness(i)
    const contrast = series.contrast(i)
    if (isPlain(brightness, contrast)) continue
    const awayFromMiddle = Math.abs((2 * (i - from) + 1) / (to - from) - 1)
    const isDim = brightness < DIM.brightness || contrast < DIM.contrast
    const score = (1 + series.sharpness(i)) * (1 - 0.5 * awayFromMiddle) * (isDim ? 0.01 : 1)
    if (score > bestScore) {
      best = i
      bestScore = score
    }
  }
  return best
}

function mostContrast(series: FrameSeries): number {
  let best = 0
  for (let i = 1; i < series.length; i++) if (series.contrast(i) > series.contrast(best)) best = i
  return best
}
