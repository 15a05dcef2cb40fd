import * as v from 'valibot'
import {COMMON, FilePath, Name, readManifestOf} from '../inference/manifest.js'

const ManifestSchema = v.strictObject({
  /** Whoever changes anything that shapes a score changes the name. */
  name: Name,
  kind: v.literal('sound-classifier'),
  file: FilePath,
  /** Takes one window of samples. */
  input: v.string(),
  /** Gives a score from 0 to 1 for each label. */
  output: v.string(),
  /** Mono samples from -1 to 1; other rates than this one are not made. */
  sampleRateHz: v.literal(16_000),
  windowSamples: v.pipe(v.number(), v.integer(), v.minValue(160), v.maxValue(480_000)),
  /** The classes: one a line, or a table with a column `display_name`, as AudioSet's. */
  labels: FilePath,
  ...COMMON,
})

/** What a sound classifier is: its files, what it listens to, and what its input and output are called. */
export type SoundClassifierManifest = v.InferOutput<typeof ManifestSchema>

/** Reads `model.json` in a model's folder. Rejects like `readManifestOf`. */
export function readSoundClassifierManifest(folder: string): Promise<SoundClassifierManifest> {
  return readManifestOf(folder, 'sound-classifier', ManifestSchema, {
    missing: 'mediaforge models pull yamnet; or, for a folder of your own: mediaforge models add FOLDER',
    otherKind: 'mediaforge models list shows which models name sounds',
  })
}
