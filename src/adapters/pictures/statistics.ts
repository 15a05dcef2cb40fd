import type {PictureStatistics} from '../../domain/media.js'

/** Statistics are made on a square of this side, so that they mean the same for every picture. */
export const STATISTICS_SIDE = 192

/**
 * Statistics of `STATISTICS_SIDE`² interleaved RGB pixels. Brightness: mean luma by ITU-R BT.601, 0 to 1. Colourfulness: mean distance of the
 * colour-difference components from grey, 0 to 1. Sharpness: variance of the Laplacian of the luma (Pech-Pacheco et al. 2000), in squared
 * grey levels.
 */
export function statisticsOf(pixels: Uint8Array): PictureStatistics {
  const side = STATISTICS_SIDE
  const luma = new Float32Array(side * side)
  let light = 0
  let chroma = 0
  for (let i = 0; i < luma.length; i++) {
    const r = pixels[3 * i] as number
    const g = pixels[3 * i + 1] as number
    const b = pixels[3 * i + 2] as number
    const y = 0.299 * r + 0.587 * g + 0.114 * b
    luma[i] = y
    light += y
    const cb = 0.564 * (b - y)
    const cr = 0.713 * (r - y)
    // Math.hypot guards against overflow that cannot happen here, at five times the cost.
    chroma += Math.sqrt(cb * cb + cr * cr)
  }
  let sum = 0
  let squares = 0
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const i = y * side + x
      const beside = (luma[i - 1] as number) + (luma[i + 1] as number)
      const laplacian = beside + (luma[i - side] as number) + (luma[i + side] as number) - 4 * (luma[i] as number)
      sum += laplacian
      squares += laplacian * laplacian
    }
  }
  const inner = (side - 2) ** 2
  const round = (value: number): number => Math.round(value * 10_000) / 10_000
  return {
    brightness: round(light / luma.length / 255),
    colourfulness: round(chroma / luma.length / 255),
    sharpness: round(squares / inner - (sum / inner) ** 2),
  }
}
