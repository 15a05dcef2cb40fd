/**
 * A vector space: one model's way of placing pictures and texts. Vectors of different spaces are never compared, and
 * several spaces live side by side, so that changing the model never empties search.
 */
export interface Space {
  /** Stable name with the version of everything that shapes a vector: `starter-1`. */
  name: string
  dimension: number
  /** What cosines of a query with a picture and with a text are worth: texts resemble each other more. */
  scale: {picture: CosineScale; text: CosineScale}
}

/** Cosines under which a hit means nothing, and from which on it could not be better. */
export interface CosineScale {
  least: number
  sure: number
}

/** A cosine as a share of certainty, 0 to 1, so that those of pictures and of texts can stand in one list. */
export function certainty(cosine: number, {least, sure}: CosineScale): number {
  return Math.min(1, Math.max(0, (cosine - least) / (sure - least)))
}

/** What a vector was made from. `video` is the mean of a video's frames, each weighing as much as what it stands for lasts; text is the file's name, folder and metadata. */
export const VECTOR_ASPECTS = ['picture', 'frame', 'video', 'text'] as const
export type VectorAspect = (typeof VECTOR_ASPECTS)[number]

/** A unit vector of one content; `atMs` is the moment in a video, 0 elsewhere. */
export interface StoredVector {
  id: number
  contentId: number
  aspect: VectorAspect
  atMs: number
  data: Float32Array
}

export type NewVector = Omit<StoredVector, 'id' | 'contentId'>

/** Inner product; the cosine where both are unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** Scales to length 1 in place and returns its argument; a zero vector stays zero. */
export function normalise(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector))
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length
  return vector
}

/** The direction of the mean of some unit vectors, each weighing 1 where nothing else is said. Null for none. */
export function meanVector(vectors: readonly Float32Array[], weights?: readonly number[]): Float32Array | null {
  const [first] = vectors
  if (first === undefined) return null
  const sum = new Float32Array(first.length)
  for (const [at, vector] of vectors.entries()) {
    const weight = weights?.[at] ?? 1
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + weight * (vector[i] as number)
  }
  return normalise(sum)
}
