import type {SoundClassifierManifest} from './manifest.js'

/** What the model's thread is told at its start. */
export interface ClassifierData {
  folder: string
  manifest: SoundClassifierManifest
  /** How many scores it must give. */
  labels: number
}

/** What a sound classifier asks of its thread. */
export interface Work {
  classify: {ask: Float32Array; answer: Float32Array}
}
