import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {ModelKind} from '../../domain/models.js'

const FILE = 'model.json'

/** A file below the manifest's folder: every part of the path begins with a letter, a digit or `_`, so that a manifest leads nowhere else. */
export const FilePath = v.pipe(v.string(), v.regex(/^\w[\w.-]*(\/\w[\w.-]*)*$/, 'a path that stays in the folder of the model'))
export const Name = v.pipe(v.string(), v.regex(/^\w[\w.-]*$/, 'a name of letters, digits, dots and dashes'))
export const Side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096))
export const Count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1024))
const Triple = v.strictTuple([v.number(), v.number(), v.number()])

/** How a model takes pictures: its file, and what is done to their bytes. */
export const PictureInput = v.strictObject({
  file: FilePath,
  input: v.string(),
  output: v.string(),
  layout: v.picklist(['nhwc', 'nchw']),
  resize: v.strictObject({
    width: Side,
    height: Side,
    fit: v.picklist(['fill', 'cover', 'contain']),
    rounding: v.optional(v.literal('down')),
    kernel: v.optional(v.picklist(['linear', 'cubic', 'lanczos3'])),
  }),
  crop: v.optional(v.strictObject({width: Side, height: Side})),
  /** A channel's value is `(byte - mean) / deviation`. */
  mean: Triple,
  deviation: v.pipe(
    Triple,
    v.check(values => values.every(value => value > 0), 'deviations are above 0'),
  ),
})

/** What the folder of models knows of every kind of model. */
export const COMMON = v.entriesFromList(['title', 'licence', 'source', 'files', 'unverified'], v.optional(v.unknown()))

/**
 * Reads `model.json` in a model's folder, as a model of this kind has it. Rejects with `MODEL_MISSING` where there is none, and with
 * `CONFIG_INVALID` where it makes no sense or is of another kind.
 */
export async function readManifestOf<Schema extends v.GenericSchema>(
  folder: string,
  kind: ModelKind,
  schema: Schema,
  hints: {missing: string; otherKind: string},
): Promise<v.InferOutput<Schema>> {
  const path = join(folder, FILE)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `there is no ${FILE} in ${folder}`, {hint: hints.missing, cause: error})
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new MediaForgeError('CONFIG_INVALID', `${path} is no valid JSON: ${messageOf(error)}`, {cause: error})
  }
  const found = (json as {kind?: unknown} | null)?.kind
  if (typeof found === 'string' && found !== kind) {
    throw new MediaForgeError('CONFIG_INVALID', `${path} describes a model of another kind: ${found}`, {hint: hints.otherKind})
  }
  const result = v.safeParse(schema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new MediaForgeError('CONFIG_INVALID', `${path}: ${v.getDotPath(issue) ?? ''}: ${issue.message.toLowerCase()}`, {
    hint: 'correct it: the manifests that come with mediaforge, in its folder data/models, show what it holds',
  })
}
