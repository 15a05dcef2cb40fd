import type {Boundary} from './boundaries.js'
import {CutDetector} from './cuts.js'
import {DissolveDetector} from './dissolves.js'
import {findFades} from './fades.js'
import {difference, lookAt, type Look, type SmallFrame} from './look.js'
import {FrameSeries} from './series.js'
import type {Glance} from './shots.js'

/** Boundaries nearer than this are one: nobody takes in a shorter shot. */
const LEAST_SHOT_MS = 400
const GLANCE_MS = 1000
/** Five and a half hours of glances, 14 MB. Longer videos are glanced at less often: they have no more keyframes an hour than that allows. */
const MOST_GLANCES = 20_000

/** Finds the boundaries between shots in a stream of small frames. Memory grows by some bytes a frame, and by nothing else. */
export class ShotDetector {
  readonly series = new FrameSeries()
  /** What every second or so looked like. */
  glances: Glance[] = []
  readonly #cuts = new CutDetector(this.series)
  readonly #dissolves = new DissolveDetector()
  #before: Look | null = null
  #glancedMs = -Infinity
  #glanceEveryMs = GLANCE_MS

  push(frame: SmallFrame): void {
    const look = lookAt(frame)
    const change = this.#before === null ? 0 : difference(this.#before.sketch, look.sketch)
    this.series.push(look, change)
    this.#cuts.push(look)
    this.#dissolves.push(look, this.series.length - 1)
    if (frame.atMs - this.#glancedMs >= this.#glanceEveryMs) this.#glance(look)
    this.#before = look
  }

  #glance({atMs, sketch}: Look): void {
    this.glances.push({frame: this.series.length - 1, sketch: Uint8Array.from(sketch)})
    this.#glancedMs = atMs
    if (this.glances.length < MOST_GLANCES) return
    this.glances = this.glances.filter((_, i) => i % 2 === 0)
    this.#glanceEveryMs *= 2
  }

  /** All boundaries, in order, once the last frame was pushed. */
  finish(): Boundary[] {
    this.#cuts.finish()
    this.#dissolves.finish()
    const fades = findFades(this.series)
    const cuts = this.#cuts.cuts.filter(cut => !fades.some(fade => cut.frame > fade.from && cut.frame < fade.to))
    const sure = [...cuts, ...fades]
    const dissolves = this.#dissolves.dissolves.filter(({from, to}) => !sure.some(({frame}) => frame >= from && frame <= to))
    return this.#apart([...sure, ...dissolves].sort((a, b) => a.frame - b.frame))
  }

  /** Drops what follows another boundary, or the start, or is followed by the end, too soon. */
  #apart(boundaries: Boundary[]): Boundary[] {
    const kept: Boundary[] = []
    const endMs = this.series.length === 0 ? 0 : this.series.atMs(this.series.length - 1)
    for (const boundary of boundaries) {
      const atMs = this.series.atMs(boundary.frame)
      const last = kept.at(-1)
      const lastMs = last === undefined ? 0 : this.series.atMs(last.frame)
      if (atMs - lastMs >= LEAST_SHOT_MS && endMs - atMs >= LEAST_SHOT_MS / 2) kept.push(boundary)
    }
    return kept
  }
}
