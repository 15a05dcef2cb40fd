import * as v from 'valibot'
import {COMMON, Count, FilePath, Name, PictureInput, readManifestOf} from '../inference/manifest.js'

const TokenId = v.pipe(v.number(), v.integer(), v.minValue(0))

const ManifestSchema = v.strictObject({
  name: Name,
  kind: v.literal('captioner'),
  image: v.strictObject({
    ...PictureInput.entries,
    /** An input that says which pixels are picture, where the model takes one. */
    mask: v.optional(v.string()),
  }),
  /** Inputs and outputs of these files have the names that transformers.js gives them. */
  text: v.pipe(
    v.strictObject({
      tokenizer: FilePath,
      /** What the model is asked; what it saw stands at `{picture}`. */
      prompt: v.pipe(
        v.string(),
        v.check(text => text.split('{picture}').length === 2, 'a prompt has {picture} once'),
      ),
      embed: FilePath,
      /** Of models that read the prompt as a whole before they write. */
      encoder: v.optional(FilePath),
      decoder: FilePath,
      /** What the answer of such a model begins with. */
      startIds: v.optional(v.array(TokenId), []),
      endIds: v.pipe(v.array(TokenId), v.minLength(1)),
      mostTokens: Count,
      /** So many tokens in a row are written once only. */
      noRepeat: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(16))),
    }),
    v.check(({encoder, startIds}) => (encoder === undefined) === (startIds.length === 0), 'encoder and startIds belong together'),
  ),
  ...COMMON,
})

/** What a captioner is: how its pictures are prepared, what it is asked, and the files of which it is made. */
export type CaptionerManifest = v.InferOutput<typeof ManifestSchema>

/** Reads `model.json` in a model's folder. Rejects like `readManifestOf`. */
export function readCaptionerManifest(folder: string): Promise<CaptionerManifest> {
  return readManifestOf(folder, 'captioner', ManifestSchema, {
    missing: 'mediaforge models pull florence-2; or, for a folder of your own: mediaforge models add FOLDER',
    otherKind: 'mediaforge models list shows which models describe pictures',
  })
}
