import * as v from 'valibot'
import {COMMON, Count, FilePath, Name, PictureInput, readManifestOf, Side} from '../../inference/manifest.js'

const Scale = v.pipe(
  v.strictObject({least: v.number(), sure: v.number()}),
  v.check(({least, sure}) => least < sure, 'least must be below sure'),
)

const Image = v.strictObject({
  ...PictureInput.entries,
  /** Pictures a run at most. Weights quantised dynamically want 1: their results depend on what else is in a run. */
  batch: v.optional(Count, 8),
})

const Text = v.strictObject({
  file: FilePath,
  ids: v.string(),
  /** Given where the model takes one. */
  mask: v.optional(v.string()),
  output: v.string(),
  tokenizer: v.strictObject({
    /** `pieces`: a JSON list of pieces and scores for SentencePiece's unigram model. */
    kind: v.picklist(['tokenizer.json', 'pieces']),
    file: FilePath,
    lowerCase: v.optional(v.boolean(), false),
    /** Longer texts are cut; a closing token stays. */
    mostTokens: v.optional(Count, 128),
    /** What shorter texts are filled up with, and how far. Absent: texts are run one at a time, as they are. */
    pad: v.optional(v.strictObject({id: v.pipe(v.number(), v.integer()), to: v.picklist(['longest', 'most'])})),
  }),
  batch: v.optional(Count, 16),
})

const Scoring = v.strictObject({
  kind: v.picklist(['softmax', 'sigmoid']),
  logitScale: v.pipe(v.number(), v.minValue(1e-3), v.maxValue(10_000)),
  logitBias: v.optional(v.number(), 0),
  prompts: v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.check(text => text.includes('{}'), 'a prompt has {} where the label stands'),
      ),
    ),
    v.minLength(1),
  ),
})

const Calibration = v.strictObject({
  points: v.pipe(v.array(v.strictTuple([v.number(), v.number()])), v.minLength(1)),
  /** Names of tags. */
  fittedOn: v.optional(v.array(v.string())),
})

const ManifestSchema = v.strictObject({
  name: Name,
  kind: v.optional(v.literal('dual-encoder'), 'dual-encoder'),
  /** Names the space, where that is not the model's name; whoever changes anything that shapes a vector changes it. */
  space: v.optional(Name),
  dimension: Side,
  /** Cosines of a query with a picture and with another text: under `least` a hit means nothing, from `sure` on it could not be better. */
  scale: v.strictObject({picture: Scale, text: Scale}),
  image: Image,
  text: Text,
  scoring: v.optional(Scoring),
  calibration: v.optional(Calibration),
  ...COMMON,
})

/** What a dual encoder is: its files, how its pictures and texts are prepared, and what its inputs and outputs are called. */
export type Manifest = v.InferOutput<typeof ManifestSchema>

/** Reads `model.json` in a model's folder. Rejects like `readManifestOf`. */
export function readManifest(folder: string): Promise<Manifest> {
  return readManifestOf(folder, 'dual-encoder', ManifestSchema, {
    missing: 'mediaforge models pull clip; or, for a folder of your own: mediaforge models add FOLDER',
    otherKind: 'mediaforge models list shows which models embed pictures and texts',
  })
}
