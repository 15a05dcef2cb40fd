import type {PictureRule, Pixels} from '../media.js'

/** Says in a sentence what a picture shows. Rejects with `MODEL_MISSING`, `CONFIG_INVALID`, `BACKEND_UNAVAILABLE` and `CANCELLED`. */
export interface Captioner extends AsyncDisposable {
  readonly model: string
  readonly pictureRule: PictureRule
  /** Empty where the model has nothing to say. */
  describe(picture: Pixels, options?: {signal?: AbortSignal}): Promise<string>
}
