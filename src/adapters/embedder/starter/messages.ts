import type {Detection, Pixels} from '../../../domain/media.js'

/** What the starter embedder asks of its worker thread, and what comes back. */
export interface Work {
  texts: {ask: string[]; answer: Float32Array[]}
  picture: {ask: Pixels; answer: {vector: Float32Array; detections: Detection[]}}
}

export type Request = {[Kind in keyof Work]: {id: number; kind: Kind; ask: Work[Kind]['ask']}}[keyof Work]

export type Response =
  {id: number; answer: Work[keyof Work]['answer']} | {id: number; error: {code: 'MODEL_MISSING' | null; message: string}}
