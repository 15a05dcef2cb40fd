/** What a model is for. Each kind is run by an adapter of its own. */
export const MODEL_KINDS = [
  'dual-encoder',
  'sentence-encoder',
  'captioner',
  'sound-classifier',
  'speech-recogniser',
  'language-model',
] as const
export type ModelKind = (typeof MODEL_KINDS)[number]

/** The name of the models that come with the install. */
export const STARTER = 'starter'

/** Models that are in npm packages: there is nothing to pull, and nothing to remove. */
export const BUILT_IN = [
  {
    name: STARTER,
    kind: 'dual-encoder',
    title: 'CenterNet and Universal Sentence Encoder lite: eighty kinds of things; comes with the install',
    licence: {id: 'MIT, Apache-2.0', url: ''},
  },
  {
    name: 'silero-vad',
    kind: 'voice-detector',
    title: 'Silero VAD 5: where somebody speaks; comes with the install',
    licence: {id: 'MIT', url: ''},
  },
] as const

/** One file of a model, by its path in the model's folder. */
export interface ModelFile {
  path: string
  /** Null where nobody could look it up; the server is asked then. */
  sizeBytes: number | null
  sha256: string | null
}

/** What is known of every model, whatever its kind. The rest of its manifest belongs to the adapter of its kind. */
export interface ModelManifest {
  name: string
  kind: ModelKind
  title: string
  licence: {id: string; url: string}
  /** Where it is pulled from; null for a model of a person's own. */
  source: {repository: string; revision: string} | null
  files: ModelFile[]
  /** What of it could not be checked, in words. */
  unverified?: string | undefined
}

/** A model in the folder of models. */
export interface InstalledModel {
  manifest: ModelManifest
  folder: string
  sizeBytes: number
}

/** What a person is told of a model before any of its files is downloaded. */
export interface ModelOffer extends Pick<ModelManifest, 'licence' | 'unverified'> {
  model: string
  /** Where it comes from, as an address for a browser. */
  from: string
  /** All of it; null while the server has not said it. */
  sizeBytes: number | null
  /** What of that is not here yet, as far as it is known. */
  missingBytes: number
}

/** The sum of the sizes that are known. */
export function knownBytes(files: readonly ModelFile[]): number {
  return files.reduce((sum, {sizeBytes}) => sum + (sizeBytes ?? 0), 0)
}
