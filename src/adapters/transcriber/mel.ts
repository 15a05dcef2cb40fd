/** What Whisper listens to at once: 30 s at 16 kHz, as 3,000 columns of mel bands. */
export const WINDOW_SAMPLES = 480_000
export const COLUMNS = 3000

const HZ = 16_000
const FRAME = 400
const HOP = 160
const BINS = FRAME / 2 + 1
/** 400 = 16 × 25: sixteen transforms of 25 samples are put together to one. */
const SHORT = 25
const STRIDE = FRAME / SHORT

const HANN = Float64Array.from({length: FRAME}, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME))
const COS = Float64Array.from({length: FRAME}, (_, i) => Math.cos((2 * Math.PI * i) / FRAME))
const SIN = Float64Array.from({length: FRAME}, (_, i) => -Math.sin((2 * Math.PI * i) / FRAME))

/**
 * The log-mel spectrogram of up to 30 s of samples, with silence after them, as Whisper was trained on it (Radford et al. 2022, arXiv 2212.04356): Hann
 * windows of 25 ms every 10 ms, mirrored at the ends, power in mel bands up to 8 kHz, the last 8 decades below the loudest. Bands × columns.
 */
export function logMel(samples: Float32Array, bands: number): Float32Array {
  const filters = melFilters(bands)
  const mel = new Float32Array(bands * COLUMNS)
  const power = new Float64Array(BINS)
  const frame = new Float64Array(FRAME)
  let loudest = -Infinity
  for (let column = 0; column < COLUMNS; column++) {
    const start = column * HOP - FRAME / 2
    for (let i = 0; i < FRAME; i++) frame[i] = sampleAt(samples, start + i) * (HANN[i] as number)
    powerSpectrum(frame, power)
    for (const [band, {first, weights}] of filters.entries()) {
      let sum = 0
      for (const [i, weight] of weights.entries()) sum += weight * (power[first + i] as number)
      const level = Math.log10(Math.max(sum, 1e-10))
      mel[band * COLUMNS + column] = level
      loudest = Math.max(loudest, level)
    }
  }
  return mel.map(level => (Math.max(level, loudest - 8) + 4) / 4)
}

/** The sample at a place of the window of 30 s, which is mirrored at both ends. */
function sampleAt(samples: Float32Array, at: number): number {
  const mirrored = at < 0 ? -at : at >= WINDOW_SAMPLES ? 2 * (WINDOW_SAMPLES - 1) - at : at
  return samples[mirrored] ?? 0
}

const short = {re: new Float64Array(FRAME), im: new Float64Array(FRAME)}

/** |DFT|² of real samples by one step of Cooley and Tukey (1965). */
function powerSpectrum(frame: Float64Array, power: Float64Array): void {
  for (let offset = 0; offset < STRIDE; offset++) {
    for (let k = 0; k < SHORT; k++) {
      let re = 0
      let im = 0
      for (let n = 0; n < SHORT; n++) {
        const value = frame[offset + n * STRIDE] as number
        const turn = ((k * n) % SHORT) * STRIDE
        re += value * (COS[turn] as number)
        im += value * (SIN[turn] as number)
      }
      short.re[offset * SHORT + k] = re
      short.im[offset * SHORT + k] = im
    }
  }
  for (let k = 0; k < BINS; k++) {
    let re = 0
    let im = 0
    for (let offset = 0; offset < STRIDE; offset++) {
      const at = offset * SHORT + (k % SHORT)
      const turn = (k * offset) % FRAME
      const [x, y, c, s] = [short.re[at] as number, short.im[at] as number, COS[turn] as number, SIN[turn] as number]
      re += x * c - y * s
      im += x * s + y * c
    }
    power[k] = re * re + im * im
  }
}

interface MelFilter {
  /** The bin that the first weight belongs to. */
  first: number
  weights: number[]
}

/** Triangles whose corners are evenly spaced in mels, each of the same area (Slaney 1998, as librosa has them). */
function melFilters(bands: number): MelFilter[] {
  const corners = Array.from({length: bands + 2}, (_, i) => hertz((mels(HZ / 2) * i) / (bands + 1)))
  return Array.from({length: bands}, (_, band) => {
    const [low, centre, high] = corners.slice(band, band + 3) as [number, number, number]
    const weight = (bin: number): number => {
      const frequency = (bin * HZ) / FRAME
      return Math.max(0, Math.min((frequency - low) / (centre - low), (high - frequency) / (high - centre))) * (2 / (high - low))
    }
    const first = Math.ceil((low * FRAME) / HZ)
    const last = Math.min(BINS - 1, Math.floor((high * FRAME) / HZ))
    return {first, weights: Array.from({length: Math.max(0, last - first + 1)}, (_, i) => weight(first + i))}
  })
}

/** Slaney's mels: even below 1 kHz, logarithmic above. */
const LINEAR_HZ = 200 / 3
const LOG_STEP = Math.log(6.4) / 27

function mels(frequency: number): number {
  return frequency < 1000 ? frequency / LINEAR_HZ : 1000 / LINEAR_HZ + Math.log(frequency / 1000) / LOG_STEP
}

function hertz(mel: number): number {
  const corner = 1000 / LINEAR_HZ
  return mel < corner ? mel * LINEAR_HZ : 1000 * Math.exp((mel - corner) * LOG_STEP)
}
