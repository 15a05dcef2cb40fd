import type {Cue} from '../subtitles.js'

/** Writes down what is said. Rejects with `MODEL_MISSING`, `BACKEND_UNAVAILABLE` and `CANCELLED`. */
export interface Transcriber extends AsyncDisposable {
  readonly model: string
  /** Mono samples from -1 to 1 at `LISTENING_HZ`; the times of what is said in them, from their beginning. */
  transcribe(samples: Float32Array, options?: {signal?: AbortSignal}): Promise<Cue[]>
}
