import type {Pixels} from '../../domain/media.js'
import type {CaptionerManifest} from './manifest.js'

/** What the model's thread is told at its start. */
export interface CaptionerData {
  folder: string
  manifest: CaptionerManifest
  threads: number
  /** Becomes 1 when nobody waits any more: a sentence that has begun is not written to its end. */
  stop: Int32Array
}

/** What a captioner asks of its thread. */
export interface Work {
  describe: {ask: Pixels; answer: string}
}
