import type {Vocabulary} from '../vocabulary.js'

/** The labels that pictures are asked for: those that come with the program and those of a person's own files. */
export interface Vocabularies {
  read(): Promise<Vocabulary>
}

/** Vectors of labels, kept so that thousands of sentences are embedded once a model. A cache: it may be deleted at any time. */
export interface LabelVectors {
  /** Null where none are kept under this key, or others than these many. */
  load(key: string, count: number, dimension: number): Promise<Float32Array[] | null>
  save(key: string, vectors: readonly Float32Array[]): Promise<void>
}
