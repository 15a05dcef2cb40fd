import type {Detection, Pixels} from '../../../domain/media.js'

/** What the starter embedder asks of its worker thread, and what comes back. */
export interface Work {
  texts: {ask: string[]; answer: Float32Array[]}
  picture: {ask: Pixels; answer: {vector: Float32Array; detections: Detection[]}}
}
