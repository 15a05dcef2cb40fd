import type {Boundary} from './boundaries.js'
import {difference, type Look} from './look.js'
import type {FrameSeries} from './series.js'

/** Less of a change is never a cut. */
const LEAST_CHANGE = 0.3
/** A cut changes so many times more than the frames around it: what moves much changes much all the time. */
const TIMES_AROUND = 2.5
const AROUND_FRAMES = 6
/** Changes this small on all sides are the noise of a still picture, and no measure. */
const STILL = 0.04
/** What comes back within this time was away for a flash, or hidden for a moment. */
const FLASH_MS = 320
/** Frames that are looked at on each side of a cut, whatever their rate. */
const MOST_FRAMES = 10
/** What is left of a change where the same picture comes back. */
const SHARE_AFTER_FLASH = 0.55

/**
 * Hard cuts: a frame that differs from the one before it much more than those around it do (an adaptive threshold, as in PySceneDetect's
 * AdaptiveDetector), unless a frame soon after it looks like one just before. Keeps no more than the looks of a few frames.
 */
export class CutDetector {
  readonly #series: FrameSeries
  readonly #recent: Look[] = []
  readonly cuts: Boundary[] = []

  constructor(series: FrameSeries) {
    this.#series = series
  }

  /** Takes the look of the frame that the series got last. */
  push(look: Look): void {
    this.#recent.push(look)
    if (this.#recent.length > 2 * MOST_FRAMES + 1) this.#recent.shift()
    this.#judge(this.#series.length - 1 - MOST_FRAMES)
  }

  /** The last frames have fewer after them. */
  finish(): void {
    for (let frame = Math.max(1, this.#series.length - MOST_FRAMES); frame < this.#series.length; frame++) this.#judge(frame)
  }

  #judge(frame: number): void {
    if (frame < 1) return
    const change = this.#series.change(frame)
    if (change < LEAST_CHANGE || change < TIMES_AROUND * this.#around(frame) || this.#comesBack(frame, change)) return
    this.cuts.push({kind: 'cut', frame, from: frame, to: frame})
  }

  /** The mean change of the frames around one, leaving out the largest: there may be another cut, or the end of a flash. */
  #around(frame: number): number {
    let sum = 0
    let largest = 0
    let count = 0
    const last = Math.min(this.#series.length - 1, frame + AROUND_FRAMES)
    for (let i = Math.max(1, frame - AROUND_FRAMES); i <= last; i++) {
      if (i === frame) continue
      const change = this.#series.change(i)
      sum += change
      largest = Math.max(largest, change)
      count++
    }
    return count < 2 ? STILL : Math.max(STILL, (sum - largest) / (count - 1))
  }

  /** Whether a frame soon after the change looks like one just before it. */
  #comesBack(frame: number, change: number): boolean {
    const first = this.#series.length - this.#recent.length
    const at = this.#series.atMs(frame)
    const near = this.#recent.filter(look => Math.abs(look.atMs - at) <= FLASH_MS)
    const before = near.filter(look => look.atMs < at)
    const after = near.filter(look => look.atMs >= at)
    const last = this.#recent[frame - 1 - first]
    const next = this.#recent[frame - first]
    if (last === undefined || next === undefined) return false
    const least = SHARE_AFTER_FLASH * change
    return (
      after.some(look => look !== next && difference(last.sketch, look.sketch) < least) ||
      before.some(look => look !== last && difference(look.sketch, next.sketch) < least)
    )
  }
}
