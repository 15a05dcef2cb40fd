import type {Cue} from '../../domain/subtitles.js'
import type {SpeechManifest} from './manifest.js'

/** What the model's thread is told at its start. */
export interface RecogniserData {
  folder: string
  manifest: SpeechManifest
  threads: number
  /** Becomes 1 when nobody waits any more: a text that has begun is not written to its end. */
  stop: Int32Array
}

/** What a transcriber asks of its thread. */
export interface Work {
  transcribe: {ask: Float32Array; answer: Cue[]}
}
