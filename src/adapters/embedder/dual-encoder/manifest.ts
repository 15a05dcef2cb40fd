import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../../../domain/errors.js'

const FILE = 'model.json'

/** A file below the manifest's folder: every part of the path begins with a letter, a digit or `_`, so that a manifest leads nowhere else. */
const FilePath = v.pipe(v.string(), v.regex(/^\w[\w.-]*(\/\w[\w.-]*)*$/, 'a path that stays in the folder of the model'))
const Name = v.pipe(v.string(), v.regex(/^\w[\w.-]*$/, 'a name of letters, digits, dots and dashes'))
const Side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096))
const Count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1024))
const Triple = v.strictTuple([v.number(), v.number(), v.number()])

const Scale = v.pipe(
  v.strictObject({least: v.number(), sure: v.number()}),
  v.check(({least, sure}) => least < sure, 'least must be below sure'),
)

const Image = v.strictObject({
  file: FilePath,
  input: v.string(),
  output: v.string(),
  layout: v.picklist(['nhwc', 'nchw']),
  resize: v.strictObject({
    width: Side,
    height: Side,
    fit: v.picklist(['fill', 'cover', 'contain']),
    kernel: v.optional(v.picklist(['linear', 'cubic', 'lanczos3'])),
  }),
  crop: v.optional(v.strictObject({width: Side, height: Side})),
  /** A channel's value is `(byte - mean) / deviation`. */
  mean: Triple,
  deviation: Triple,
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
  logitScale: v.pipe(v.number(), v.minValue(1e-3)),
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

const Calibration = v.strictObject({points: v.pipe(v.array(v.strictTuple([v.number(), v.number()])), v.minLength(1))})

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
  // What the folder of models knows of every kind of model.
  ...v.entriesFromList(['title', 'licence', 'source', 'files', 'unverified'], v.optional(v.unknown())),
})

/** What a dual encoder is: its files, how its pictures and texts are prepared, and what its inputs and outputs are called. */
export type Manifest = v.InferOutput<typeof ManifestSchema>

/** Reads `model.json` in a model's folder. Rejects with `MODEL_MISSING` where there is none, and `CONFIG_INVALID` where it makes no sense. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, FILE)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `there is no ${FILE} in ${folder}`, {
      hint: 'mediaforge models pull clip; or, for a folder of your own: mediaforge models add FOLDER',
      cause: error,
    })
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new MediaForgeError('CONFIG_INVALID', `${path} is no valid JSON: ${messageOf(error)}`, {cause: error})
  }
  const kind = (json as {kind?: unknown} | null)?.kind
  if (typeof kind === 'string' && kind !== 'dual-encoder') {
    throw new MediaForgeError('CONFIG_INVALID', `${path} describes a model of another kind: ${kind}`, {
      hint: 'mediaforge models list shows which models embed pictures and texts',
    })
  }
  const result = v.safeParse(ManifestSchema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new MediaForgeError('CONFIG_INVALID', `${path}: ${v.getDotPath(issue) ?? ''}: ${issue.message.toLowerCase()}`)
}
