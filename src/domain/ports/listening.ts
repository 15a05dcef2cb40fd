import type {Loudness} from '../sound.js'

interface Cancellable {
  signal?: AbortSignal
}

/** The rate at which sound is listened to: mono, as both kinds of model want it. */
export const LISTENING_HZ = 16_000

/** ffmpeg, for the sound of any file: bounded in time, without a shell, reading that file only. */
export interface SoundTools {
  /**
   * Decodes the first sound stream once, as mono samples from -1 to 1 at `LISTENING_HZ` that begin with the file, and hands them out in pieces, no
   * faster than they are taken, until there are none or `take` says that it has enough. Resolves to how loud it is; null where that cannot be told. Rejects with `FILE_BROKEN` where it cannot be
   * decoded, `FILE_TIMEOUT` or `CANCELLED`.
   */
  decode(path: string, take: (samples: Float32Array) => Promise<'enough' | void>, options?: Cancellable): Promise<Loudness | null>
}

/** Names what it hears. Rejects with `MODEL_MISSING` where its weights are not there, and with `CANCELLED`. */
export interface SoundClassifier extends AsyncDisposable {
  readonly model: string
  readonly labels: readonly string[]
  /** How many samples are heard at once. */
  readonly windowSamples: number
  /** One score a label, 0 to 1. */
  classify(window: Float32Array, options?: Cancellable): Promise<Float32Array>
}

/** Tells voices from everything else. Rejects with `MODEL_MISSING` where its weights are not there, and with `CANCELLED`. */
export interface VoiceDetector extends AsyncDisposable {
  readonly model: string
  /** How many samples are judged at once. */
  readonly frameSamples: number
  /** Begins with a new sound: takes whole frames in their order, and gives for each how likely somebody speaks in it, 0 to 1. */
  start(): (frames: Float32Array, options?: Cancellable) => Promise<Float32Array>
}
