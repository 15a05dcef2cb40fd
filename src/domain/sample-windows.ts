/** Cuts a stream of samples into windows of one size, which may overlap. */
export class SampleWindows {
  readonly #size: number
  readonly #hop: number
  #held = new Float32Array(0)
  /** Where in the stream the held samples begin. */
  #start = 0

  constructor(size: number, hop: number) {
    this.#size = size
    this.#hop = hop
  }

  /** The windows that are complete with these samples. */
  *push(samples: Float32Array): Generator<{window: Float32Array; start: number}, void, undefined> {
    const all = new Float32Array(this.#held.length + samples.length)
    all.set(this.#held)
    all.set(samples, this.#held.length)
    let at = 0
    for (; at + this.#size <= all.length; at += this.#hop) yield {window: all.slice(at, at + this.#size), start: this.#start + at}
    this.#held = all.slice(at)
    this.#start += at
  }

  /** What is left, with silence after it: null where it was part of a window already, or is nothing. */
  finish(): {window: Float32Array; start: number} | null {
    const isNew = this.#start === 0 || this.#held.length > this.#size - this.#hop
    if (this.#held.length === 0 || !isNew) return null
    const window = new Float32Array(this.#size)
    window.set(this.#held)
    return {window, start: this.#start}
  }
}
