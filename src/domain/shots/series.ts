import type {Look} from './look.js'

/** What is kept of every frame of a video: some tens of bytes each, so that hours fit into memory. */
export class FrameSeries {
  length = 0
  #times = new Float64Array(4096)
  #values = new Float32Array(4096 * FIELDS)

  push({atMs, brightness, contrast, sharpness}: Omit<Look, 'sketch'>, change: number): void {
    if (this.length === this.#times.length) {
      this.#times = grown(this.#times, new Float64Array(2 * this.#times.length))
      this.#values = grown(this.#values, new Float32Array(2 * this.#values.length))
    }
    this.#times[this.length] = atMs
    this.#values.set([brightness, contrast, sharpness, change], this.length * FIELDS)
    this.length++
  }

  atMs(i: number): number {
    return this.#times[i] as number
  }

  brightness(i: number): number {
    return this.#values[i * FIELDS] as number
  }

  contrast(i: number): number {
    return this.#values[i * FIELDS + 1] as number
  }

  sharpness(i: number): number {
    return this.#values[i * FIELDS + 2] as number
  }

  /** How different the frame is from the one before: see `difference`. 0 for the first one. */
  change(i: number): number {
    return this.#values[i * FIELDS + 3] as number
  }
}

const FIELDS = 4

function grown<Values extends Float32Array | Float64Array>(from: Values, to: Values): Values {
  to.set(from)
  return to
}
