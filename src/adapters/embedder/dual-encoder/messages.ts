import type {Pixels} from '../../../domain/media.js'
import type {Manifest} from './manifest.js'

/** What the model's thread is told at its start. */
export interface ModelData {
  folder: string
  manifest: Manifest
  threads: number
}

/** What a dual encoder asks of its thread, and what comes back: a unit vector each, in order. */
export interface Work {
  texts: {ask: string[]; answer: Float32Array[]}
  pictures: {ask: Pixels[]; answer: Float32Array[]}
}
