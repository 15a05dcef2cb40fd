import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../../../domain/errors.js'

const FILE = 'model.json'

/** A file beside the manifest: a name alone, so that a manifest leads nowhere else. */
const FileName = v.pipe(v.string(), v.regex(/^[\w][\w.-]*$/, 'a file name without folders'))
const Side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096))
const Triple = v.strictTuple([v.number(), v.number(), v.number()])

const Scale = v.pipe(
  v.strictObject({least: v.number(), sure: v.number()}),
  v.check(({least, sure}) => least < sure, 'least must be below sure'),
)

const ManifestSchema = v.strictObject({
  /** Names the space; whoever changes anything that shapes a vector changes the name. */
  name: v.pipe(v.string(), v.regex(/^[\w][\w.-]*$/)),
  dimension: Side,
  /** Cosines of a query with a picture and with another text: under `least` a hit means nothing, from `sure` on it could not be better. */
  scale: v.strictObject({picture: Scale, text: Scale}),
  image: v.strictObject({
    file: FileName,
    input: v.string(),
    output: v.string(),
    layout: v.picklist(['nhwc', 'nchw']),
    resize: v.strictObject({width: Side, height: Side, fit: v.picklist(['fill', 'cover', 'contain'])}),
    crop: v.optional(v.strictObject({width: Side, height: Side})),
    /** A channel's value is `(byte - mean) / deviation`. */
    mean: Triple,
    deviation: Triple,
  }),
  text: v.strictObject({
    file: FileName,
    ids: v.string(),
    mask: v.string(),
    output: v.string(),
    tokenizer: v.strictObject({kind: v.picklist(['sentencepiece-unigram']), file: FileName}),
  }),
})

/** What a dual encoder is: its files, how its pictures and texts are prepared, and what its inputs and outputs are called. */
export type Manifest = v.InferOutput<typeof ManifestSchema>

/** Reads `model.json` in a model's folder. Rejects with `MODEL_MISSING` where there is none, and `CONFIG_INVALID` where it makes no sense. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, FILE)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `there is no ${FILE} in ${folder}`, {
      hint: 'set MEDIAFORGE_MODEL to the folder of a model',
      cause: error,
    })
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new MediaForgeError('CONFIG_INVALID', `${path} is no valid JSON: ${messageOf(error)}`, {cause: error})
  }
  const result = v.safeParse(ManifestSchema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new MediaForgeError('CONFIG_INVALID', `${path}: ${v.getDotPath(issue) ?? ''}: ${issue.message.toLowerCase()}`)
}
