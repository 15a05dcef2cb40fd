import type {Boundary} from './boundaries.js'
import {difference, FAR, type Look} from './look.js'

/** Frames nearer than this to the last sample are passed over: a dissolve is slow. */
const SAMPLE_MS = 78
/** Lengths of dissolves, in samples: a quarter of a second to three seconds. */
const LENGTHS = [3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 40] as const
const MOST_SAMPLES = 81
/** The pictures before and after must differ like those at a cut. */
const LEAST_DIFFERENCE = 0.4
/** What is left of that when either is moved far over the other: a slow pan over a soft picture mixes it with itself. */
const LEAST_FAR_DIFFERENCE = 0.25
/** Both must show something: a fade is another thing. */
const LEAST_CONTRAST = 12
/** How far a frame may be from the straight line between both ends, as a share of their distance, squared. */
const MOST_RESIDUAL = 0.22
/** How far its place on that line may be from where its time would put it. */
const MOST_DEVIATION = 0.22

/** A flash lights one of so many samples, and belongs to no mixture. */
const SAMPLES_A_FLASH = 6
/** How much of what a dissolve changes may have changed in the same time before it: what never rests is no dissolve. */
const MOST_BEFORE = 0.6

interface Sample {
  look: Look
  frame: number
}

interface Candidate {
  from: number
  to: number
  middle: number
  score: number
}

/**
 * Dissolves: spans in which every frame is a mixture of the first and the last one, with a share that grows evenly from 0 to 1. A camera that
 * moves, or things that do, leave that straight line at once, however much they change.
 */
export class DissolveDetector {
  readonly #samples: Sample[] = []
  #open: Candidate | null = null
  readonly dissolves: Boundary[] = []

  push(look: Look, frame: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && look.atMs - last.look.atMs < SAMPLE_MS) return
    this.#samples.push({look, frame})
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift()
    this.#judge()
    const oldest = this.#samples[0] as Sample
    if (this.#open !== null && oldest.frame > this.#open.from) this.finish()
  }

  /** Nothing after this belongs to the candidate in hand. */
  finish(): void {
    if (this.#open !== null) {
      const {from, to, middle} = this.#open
      this.dissolves.push({kind: 'dissolve', frame: middle, from, to: to + 1})
    }
    this.#open = null
  }

  /** The best span that ends with the newest sample takes the place of a worse one that it overlaps. */
  #judge(): void {
    for (const length of LENGTHS) {
      const candidate = this.#candidate(length)
      if (candidate === null) continue
      if (this.#open !== null && candidate.from >= this.#open.to) this.finish()
      if (this.#open === null || candidate.score > this.#open.score) this.#open = candidate
    }
  }

  #candidate(length: number): Candidate | null {
    const start = this.#samples.length - 1 - length
    const first = this.#samples[start]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined) return null
    if (first.look.contrast < LEAST_CONTRAST || last.look.contrast < LEAST_CONTRAST) return null
    const a = first.look.sketch
    const b = last.look.sketch
    const distance = squaredDistance(a, b)
    if (distance === 0) return null
    let outliers = Math.floor(length / SAMPLES_A_FLASH)
    let deviation = 0
    let residuals = 0
    const elapsed = last.look.atMs - first.look.atMs
    for (let i = 1; i < length; i++) {
      const {look} = this.#samples[start + i] as Sample
      const {share, residual} = placeOnLine(look.sketch, a, b, distance)
      const away = Math.abs(share - (look.atMs - first.look.atMs) / elapsed)
      if (residual > MOST_RESIDUAL || away > MOST_DEVIATION) {
        if (outliers-- === 0) return null
        continue
      }
      deviation = Math.max(deviation, away)
      residuals += residual
    }
    const differs = difference(a, b)
    if (differs < LEAST_DIFFERENCE || difference(a, b, FAR) < LEAST_FAR_DIFFERENCE) return null
    const before = this.#samples[Math.max(0, start - length)] as Sample
    if (difference(before.look.sketch, a, FAR) > MOST_BEFORE * differs) return null
    const middle = this.#samples[start + Math.round(length / 2)] as Sample
    const score = differs - deviation - residuals / (length - 1)
    return {from: first.frame, to: last.frame, middle: middle.frame, score}
  }
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2
  return sum
}

/** The nearest point to a sketch on the line from `a` to `b`: its place, 0 at `a` and 1 at `b`, and how far the sketch is from it. */
function placeOnLine(
  sketch: Float32Array,
  a: Float32Array,
  b: Float32Array,
  distance: number,
): {share: number; residual: number} {
  let product = 0
  let square = 0
  for (let i = 0; i < a.length; i++) {
    const from = (sketch[i] as number) - (a[i] as number)
    product += from * ((b[i] as number) - (a[i] as number))
    square += from * from
  }
  const share = product / distance
  return {share, residual: Math.max(0, square / distance - share * share)}
}
