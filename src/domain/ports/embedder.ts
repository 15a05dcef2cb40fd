import type {Detection, PictureRule, Pixels} from '../media.js'
import type {Scoring} from '../scoring.js'
import type {Space} from '../vectors.js'

/** A picture's vector, and what was seen on the way where the model detects things. */
export interface PictureEmbedding {
  /** Unit length; all zeros where the model saw nothing it can place. */
  vector: Float32Array
  detections: Detection[]
}

/**
 * Places pictures and texts in one space. Opening is cheap: the model is loaded by the first call that needs it, and inference runs off
 * the event loop. Closing frees the model; a call after that rejects.
 * Rejects with `MODEL_MISSING` where weights are not there and `CANCELLED` on abort.
 */
export interface Embedder extends AsyncDisposable {
  readonly space: Space
  readonly pictureRule: PictureRule
  /** The name that detections and tags of this model carry. */
  readonly model: string
  /** How its cosines become probabilities of labels; null where it has no use for labels, as it detects things by itself. */
  readonly scoring: Scoring | null
  /** One unit vector a text, in order. Queries and stored texts go through the same call. */
  embedTexts(texts: string[], options?: {signal?: AbortSignal}): Promise<Float32Array[]>
  /** One result a picture, in order; pixels as `pictureRule` asks. */
  embedPictures(pictures: Pixels[], options?: {signal?: AbortSignal}): Promise<PictureEmbedding[]>
}
