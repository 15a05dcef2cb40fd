import type {Look} from './look.js'

const FIELDS = 4
const BLOCK_FRAMES = 65_536

/** Times are kept from the first one of a block on: whole milliseconds of four and a half hours are exact in 32 bits. */
interface Block {
  startMs: number
  times: Float32Array
  values: Float32Array
}

/** What is kept of every frame of a video: 20 bytes, so that a day of it fits into memory. It grows by blocks, since to double would copy. */
export class FrameSeries {
  length = 0
  readonly #blocks: Block[] = []

  push({atMs, brightness, contrast, sharpness}: Omit<Look, 'sketch'>, change: number): void {
    const place = this.length % BLOCK_FRAMES
    if (place === 0) {
      this.#blocks.push({
        startMs: atMs,
        times: new Float32Array(BLOCK_FRAMES),
        values: new Float32Array(BLOCK_FRAMES * FIELDS),
      })
    }
    const {startMs, times, values} = this.#block(this.length)
    times[place] = atMs - startMs
    values.set([brightness, contrast, sharpness, change], place * FIELDS)
    this.length++
  }

  atMs(i: number): number {
    const {startMs, times} = this.#block(i)
    return startMs + (times[i % BLOCK_FRAMES] as number)
  }

  brightness(i: number): number {
    return this.#value(i, 0)
  }

  contrast(i: number): number {
    return this.#value(i, 1)
  }

  sharpness(i: number): number {
    return this.#value(i, 2)
  }

  /** How different the frame is from the one before: see `difference`. 0 for the first one. */
  change(i: number): number {
    return this.#value(i, 3)
  }

  #block(i: number): Block {
    return this.#blocks[Math.floor(i / BLOCK_FRAMES)] as Block
  }

  #value(i: number, field: number): number {
    return this.#block(i).values[(i % BLOCK_FRAMES) * FIELDS + field] as number
  }
}
