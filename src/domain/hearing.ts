import {LISTENING_HZ} from './ports/listening.js'
import type {Sound} from './sound.js'

/** Loudness is looked at in steps of this length. */
const STEP_SAMPLES = LISTENING_HZ / 10
const STEPS_A_SECOND = 10
/** Root mean square, in dB of full scale, under which nobody hears anything, and how long it must last to be a silence. */
const SILENT_DB = -50
const LEAST_SILENCE_MS = 2000
const LOWEST_DB = -120

/** Follows the level of a sound: where it is silent, and how loud each second is. */
export class LevelMeter {
  readonly #bySecond: number[] = []
  readonly #silences: Sound[] = []
  #sum = 0
  #count = 0
  #steps = 0
  #secondPower = 0
  #silentSinceMs: number | null = null

  push(samples: Float32Array): void {
    for (const sample of samples) {
      this.#sum += sample * sample
      if (++this.#count === STEP_SAMPLES) this.#endStep()
    }
  }

  /** Mean level of each second in whole dB of full scale, and the silences. */
  finish(): {levelBySecond: Int8Array; silences: Sound[]; durationMs: number} {
    const durationMs = this.#steps * 100 + Math.round((this.#count / LISTENING_HZ) * 1000)
    this.#endSilence(durationMs)
    if (this.#steps % STEPS_A_SECOND > 0) this.#endSecond(this.#steps % STEPS_A_SECOND)
    return {levelBySecond: Int8Array.from(this.#bySecond), silences: this.#silences, durationMs}
  }

  #endStep(): void {
    const power = this.#sum / STEP_SAMPLES
    const atMs = this.#steps * 100
    if (decibels(power) >= SILENT_DB) this.#endSilence(atMs)
    else this.#silentSinceMs ??= atMs
    this.#secondPower += power
    this.#steps++
    if (this.#steps % STEPS_A_SECOND === 0) this.#endSecond(STEPS_A_SECOND)
    this.#sum = 0
    this.#count = 0
  }

  #endSecond(steps: number): void {
    this.#bySecond.push(Math.round(Math.max(LOWEST_DB, decibels(this.#secondPower / steps))))
    this.#secondPower = 0
  }

  #endSilence(endMs: number): void {
    const startMs = this.#silentSinceMs
    this.#silentSinceMs = null
    if (startMs === null || endMs - startMs < LEAST_SILENCE_MS) return
    this.#silences.push({startMs, endMs, kind: 'silence', label: 'silence', score: 1, model: null})
  }
}

function decibels(power: number): number {
  return power === 0 ? LOWEST_DB : 10 * Math.log10(power)
}

/** Whether there is anything to hear in a piece of sound. */
export function isAudible(samples: Float32Array): boolean {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return decibels(sum / samples.length) >= SILENT_DB
}

/** Speech begins at the first likelihood and goes on until it falls below the second (Silero VAD's own hysteresis). */
const SPEECH_BEGINS = 0.5
const SPEECH_ENDS = 0.35
/** Shorter noises are no words, shorter pauses no ends, and first and last sounds are softer than the rest. */
const LEAST_SPEECH_MS = 250
const LEAST_PAUSE_MS = 400
const PADDING_MS = 60

/** Joins likelihoods of speech, one a frame, to stretches in which somebody speaks. */
export class SpeechFinder {
  readonly #frameMs: number
  readonly #model: string
  readonly #found: Sound[] = []
  #frame = 0
  #open: {startMs: number; endMs: number; sum: number; frames: number} | null = null

  constructor(frameSamples: number, model: string) {
    this.#frameMs = (frameSamples / LISTENING_HZ) * 1000
    this.#model = model
  }

  push(likelihood: number): void {
    const startMs = this.#frame++ * this.#frameMs
    const endMs = startMs + this.#frameMs
    if (this.#open === null) {
      if (likelihood >= SPEECH_BEGINS) this.#open = {startMs, endMs, sum: likelihood, frames: 1}
      return
    }
    if (likelihood >= SPEECH_ENDS) this.#open.endMs = endMs
    this.#open.sum += likelihood
    this.#open.frames++
    if (endMs - this.#open.endMs >= LEAST_PAUSE_MS) this.#close()
  }

  finish(): Sound[] {
    this.#close()
    return this.#found
  }

  #close(): void {
    const open = this.#open
    this.#open = null
    if (open === null || open.endMs - open.startMs < LEAST_SPEECH_MS) return
    this.#found.push({
      startMs: Math.max(0, open.startMs - PADDING_MS),
      endMs: open.endMs + PADDING_MS,
      kind: 'speech',
      label: 'speech',
      score: Math.round((open.sum / open.frames) * 1000) / 1000,
      model: this.#model,
    })
  }
}
