import * as v from 'valibot'
import {COMMON, FilePath, Name, readManifestOf} from '../inference/manifest.js'

const ManifestSchema = v.strictObject({
  /** Whoever changes anything that shapes a word changes the name. */
  name: Name,
  kind: v.literal('speech-recogniser'),
  /** Inputs and outputs of these files have the names that transformers.js gives them. */
  encoder: FilePath,
  decoder: FilePath,
  tokenizer: FilePath,
  /** The numbers of its special tokens: `generation_config.json`. */
  generation: FilePath,
  /** Bands of its spectrograms: 80, and 128 from large-v3 on. */
  melBands: v.picklist([80, 128]),
  ...COMMON,
})

/** What a Whisper model is: the files of which it is made. */
export type SpeechManifest = v.InferOutput<typeof ManifestSchema>

/** Reads `model.json` in a model's folder. Rejects like `readManifestOf`. */
export function readSpeechManifest(folder: string): Promise<SpeechManifest> {
  return readManifestOf(folder, 'speech-recogniser', ManifestSchema, {
    missing: 'mediaforge models pull whisper-base; or, for a folder of your own: mediaforge models add FOLDER',
    otherKind: 'mediaforge models list shows which models write down speech',
  })
}
