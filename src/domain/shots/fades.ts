import type {Boundary} from './boundaries.js'
import type {FrameSeries} from './series.js'

/** A frame is plain where it is nearly black, captions allowed for, or nearly white. */
const BLACK = {most: 14, contrast: 12}
const WHITE = {least: 238, contrast: 8}
/** Grey levels between black and the dimmest picture that could have faded out. */
const LEAST_RISE = 14
/** Contrast that a picture has which fades to white; a plain ground that grows brighter has none. */
const LEAST_CONTRAST = 12
/** How long the longest fade takes. */
const FADE_MS = 2500
/** A step of this share of the whole way is a cut or a flash, no fade. */
const ABRUPT = 0.45
/** Another picture, as `difference` has it, once there is enough light to tell. */
const CUT = 0.8
/** A ramp that stands still for so long has ended. */
const REST_MS = 200
/** Grey levels within which a frame is as dark as the darkest. */
const SAME = 0.8

/** Whether there is nothing to see in a frame. */
export function isPlain(brightness: number, contrast: number): boolean {
  return isBlack(brightness, contrast) || (brightness >= WHITE.least && contrast <= WHITE.contrast)
}

/** Whether a frame is black, but for captions. */
function isBlack(brightness: number, contrast: number): boolean {
  return brightness <= BLACK.most && contrast <= BLACK.contrast
}

/**
 * Fades: plain black or white that a picture went into gradually and another one came out of gradually. Where either side is a cut, that cut is
 * the boundary; black at the start or the end of a video belongs to its first or last shot.
 */
export function findFades(series: FrameSeries): Boundary[] {
  const fades: Boundary[] = []
  for (let first = 0; first < series.length; first++) {
    if (!isPlain(series.brightness(first), series.contrast(first))) continue
    const isDark = series.brightness(first) <= BLACK.most
    let last = first
    while (last + 1 < series.length && isPlainLike(series, last + 1, isDark)) last++
    const from = rampStart(series, first, isDark)
    const to = rampEnd(series, last, isDark)
    if (from !== null && to !== null) fades.push({kind: 'fade', frame: lastExtreme(series, first, last, isDark), from, to})
    first = last
  }
  return fades
}

function isPlainLike(series: FrameSeries, i: number, isDark: boolean): boolean {
  return isPlain(series.brightness(i), series.contrast(i)) && series.brightness(i) <= BLACK.most === isDark
}

/** The frame at which the picture began to go; null where there is none, or it went at once. */
function rampStart(series: FrameSeries, first: number, isDark: boolean): number | null {
  return ramp(series, first, -1, isDark)
}

/** The frame after the one at which the next picture was all there; null where there is none, or it came at once. */
function rampEnd(series: FrameSeries, last: number, isDark: boolean): number | null {
  const end = ramp(series, last, 1, isDark)
  return end === null ? null : end + 1
}

/** Follows the brightness away from a plain stretch for as long as it goes on changing; null where that leads to no picture, or not evenly. */
function ramp(series: FrameSeries, start: number, step: 1 | -1, isDark: boolean): number | null {
  const sign = isDark ? 1 : -1
  const startMs = series.atMs(start)
  // The farthest frame that was still going on.
  let end = start
  let contrast = 0
  let largestStep = 0
  for (let i = start + step; i >= 0 && i < series.length && Math.abs(series.atMs(i) - startMs) <= FADE_MS; i += step) {
    const gone = sign * (series.brightness(i) - series.brightness(end))
    if (gone < -2 || series.change(step === 1 ? i : i + 1) >= CUT || Math.abs(series.atMs(i) - series.atMs(end)) > REST_MS) break
    if (gone < 0.5) continue
    contrast = Math.max(contrast, series.contrast(i))
    largestStep = Math.max(largestStep, Math.abs(series.brightness(i) - series.brightness(i - step)))
    end = i
  }
  const rise = sign * (series.brightness(end) - series.brightness(start))
  const isEven = largestStep <= ABRUPT * rise
  return rise >= LEAST_RISE && isEven && (isDark || contrast >= LEAST_CONTRAST) ? end : null
}

/** The last frame of a stretch that is as dark, or as bright, as any of it. */
function lastExtreme(series: FrameSeries, first: number, last: number, isDark: boolean): number {
  const sign = isDark ? 1 : -1
  let extreme = Infinity
  for (let i = first; i <= last; i++) extreme = Math.min(extreme, sign * series.brightness(i))
  let frame = last
  while (sign * series.brightness(frame) > extreme + SAME) frame--
  return frame
}
