/** One decoded frame, made small: `FRAME_WIDTH` × `FRAME_HEIGHT` bytes of luma, 0 black to 255 white, whatever the video's own shape. */
export interface SmallFrame {
  /** When it is shown, from the start of the file. */
  atMs: number
  luma: Uint8Array
}

/** Small enough that looking costs nothing beside decoding, large enough to tell a sharp frame from a blurred one. */
export const FRAME_WIDTH = 160
export const FRAME_HEIGHT = 90

/** A sketch has one value for each block of this side: what is left of a frame where motion of a few pixels changes little. */
const BLOCK = 5
const SKETCH_WIDTH = FRAME_WIDTH / BLOCK
const SKETCH_HEIGHT = FRAME_HEIGHT / BLOCK

/** Mean luma of each block, row by row. */
export type Sketch = Float32Array

/** What one frame looks like, in numbers. */
export interface Look {
  atMs: number
  /** Mean luma, 0 to 255. */
  brightness: number
  /** Standard deviation of the blocks' luma. */
  contrast: number
  /** Variance of the Laplacian (Pech-Pacheco et al. 2000), in squared grey levels. */
  sharpness: number
  sketch: Sketch
}

/** Looks at a frame. */
export function lookAt({atMs, luma}: SmallFrame): Look {
  const sketch = sketchOf(luma)
  const {mean, variance} = moments(sketch)
  return {atMs, brightness: mean, contrast: Math.sqrt(variance), sharpness: sharpnessOf(luma), sketch}
}

function sketchOf(luma: Uint8Array): Sketch {
  const sketch = new Float32Array(SKETCH_WIDTH * SKETCH_HEIGHT)
  for (let y = 0; y < FRAME_HEIGHT; y++) {
    const row = Math.floor(y / BLOCK) * SKETCH_WIDTH
    const start = y * FRAME_WIDTH
    for (let block = 0, x = start; block < SKETCH_WIDTH; block++, x += BLOCK) {
      sketch[row + block] =
        (sketch[row + block] as number) +
        (luma[x] as number) +
        (luma[x + 1] as number) +
        (luma[x + 2] as number) +
        (luma[x + 3] as number) +
        (luma[x + 4] as number)
    }
  }
  for (let i = 0; i < sketch.length; i++) sketch[i] = (sketch[i] as number) / (BLOCK * BLOCK)
  return sketch
}

function moments(values: Float32Array): {mean: number; variance: number} {
  let sum = 0
  let squares = 0
  for (const value of values) {
    sum += value
    squares += value * value
  }
  const mean = sum / values.length
  return {mean, variance: Math.max(0, squares / values.length - mean * mean)}
}

function sharpnessOf(luma: Uint8Array): number {
  let sum = 0
  let squares = 0
  for (let y = 1; y < FRAME_HEIGHT - 1; y++) {
    const end = (y + 1) * FRAME_WIDTH - 1
    for (let i = y * FRAME_WIDTH + 1; i < end; i++) {
      const beside = (luma[i - 1] as number) + (luma[i + 1] as number)
      const laplacian = beside + (luma[i - FRAME_WIDTH] as number) + (luma[i + FRAME_WIDTH] as number) - 4 * (luma[i] as number)
      sum += laplacian
      squares += laplacian * laplacian
    }
  }
  const count = (FRAME_WIDTH - 2) * (FRAME_HEIGHT - 2)
  return squares / count - (sum / count) ** 2
}

/** Grey levels of contrast that noise and captions on a plain ground have, squared: where there is no more, nothing can differ. */
const NOISE = 40
/** How far, in blocks, a picture may move and still be the same one. */
interface Reach {
  x: number
  y: number
}
/** From one frame to the next. */
const NEXT_FRAME: Reach = {x: 4, y: 2}
/** Within seconds, under a camera that moves on. */
export const FAR: Reach = {x: 14, y: 8}

/** Frames nearer than this are alike without a search for motion. */
const ALIKE = 0.12

/**
 * How different two frames are in what they show: 0 for the same, about 1 for two that have nothing to do with each other. What changes in
 * brightness alone, as under a flash or a cloud, differs little, since each is taken without its mean; and what merely moved is followed.
 */
export function difference(a: Sketch, b: Sketch, reach: Reach = NEXT_FRAME): number {
  let least = shiftedDifference(a, b, 0, 0)
  if (least < ALIKE) return least
  for (let dy = -reach.y; dy <= reach.y; dy++) {
    for (let dx = -reach.x; dx <= reach.x; dx++) least = Math.min(least, shiftedDifference(a, b, dx, dy))
  }
  return least
}

/**
 * The lesser of 1 − 2cov / (var a + var b) and 1 − correlation over what two frames share once one of them is moved, noise counted as likeness:
 * the former is large for a picture that merely pales, as under a flash, the latter for two plain grounds with a caption.
 */
function shiftedDifference(a: Sketch, b: Sketch, dx: number, dy: number): number {
  const fromX = Math.max(0, dx)
  const toX = Math.min(SKETCH_WIDTH, SKETCH_WIDTH + dx)
  const fromY = Math.max(0, dy)
  const toY = Math.min(SKETCH_HEIGHT, SKETCH_HEIGHT + dy)
  const shift = dy * SKETCH_WIDTH + dx
  let sumA = 0
  let sumB = 0
  let squaresA = 0
  let squaresB = 0
  let products = 0
  for (let y = fromY; y < toY; y++) {
    const end = y * SKETCH_WIDTH + toX
    for (let i = y * SKETCH_WIDTH + fromX; i < end; i++) {
      const valueA = a[i] as number
      const valueB = b[i - shift] as number
      sumA += valueA
      sumB += valueB
      squaresA += valueA * valueA
      squaresB += valueB * valueB
      products += valueA * valueB
    }
  }
  const count = (toX - fromX) * (toY - fromY)
  const varianceA = Math.max(0, squaresA / count - (sumA / count) ** 2)
  const varianceB = Math.max(0, squaresB / count - (sumB / count) ** 2)
  const covariance = products / count - (sumA / count) * (sumB / count)
  const apart = Math.max(0, varianceA + varianceB - 2 * covariance) / (varianceA + varianceB + NOISE)
  const unlike = 1 - covariance / Math.sqrt((varianceA + NOISE / 2) * (varianceB + NOISE / 2))
  return Math.min(apart, unlike)
}
