import {readFile, stat} from 'node:fs/promises'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import {MODEL_KINDS, type ModelManifest} from '../../domain/models.js'

/** What lies in a model's folder beside its files. */
export const MANIFEST_FILE = 'model.json'

const LARGEST_MANIFEST = 1_000_000

/** Every part of a path begins with a letter, a digit or `_`: no way leads out of a model's folder, and nothing is hidden in it. */
const FilePath = v.pipe(v.string(), v.regex(/^\w[\w.-]*(\/\w[\w.-]*)*$/, 'a path that stays in the folder of the model'))
export const NAME = /^\w[\w.-]{0,63}$/

const ManifestSchema = v.looseObject({
  name: v.pipe(v.string(), v.regex(NAME, 'a name of letters, digits, dots and dashes')),
  kind: v.optional(v.picklist(MODEL_KINDS), 'dual-encoder'),
  title: v.optional(v.string(), ''),
  licence: v.optional(v.strictObject({id: v.string(), url: v.string()}), {id: 'unknown', url: ''}),
  source: v.optional(
    v.nullable(
      v.strictObject({
        repository: v.pipe(v.string(), v.regex(/^[\w.-]+\/[\w.-]+$/)),
        revision: v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
      }),
    ),
    null,
  ),
  files: v.optional(
    v.array(
      v.strictObject({
        path: FilePath,
        sizeBytes: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))), null),
        sha256: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))), null),
      }),
    ),
    [],
  ),
  unverified: v.optional(v.string()),
})

/** A manifest as it is written, with all that its kind adds. */
export type Document = ModelManifest & Record<string, unknown>

/**
 * Reads the part of a manifest that all models share; the rest is handed on as it is. Rejects with `MODEL_MISSING` where there is no such file and
 * with `CONFIG_INVALID` where it makes no sense.
 */
export async function readDocument(path: string): Promise<Document> {
  let text: string
  try {
    const {size} = await stat(path)
    if (size > LARGEST_MANIFEST) throw new MediaForgeError('CONFIG_INVALID', `${path} is no manifest: it has ${size} bytes`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof MediaForgeError) throw error
    throw new MediaForgeError('MODEL_MISSING', `${path} cannot be read: ${messageOf(error)}`, {cause: error})
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new MediaForgeError('CONFIG_INVALID', `${path} is no valid JSON: ${messageOf(error)}`, {cause: error})
  }
  return documentOf(json, path)
}

/** Checks what every manifest must hold. Throws `CONFIG_INVALID`. */
export function documentOf(json: unknown, path: string): Document {
  const result = v.safeParse(ManifestSchema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new MediaForgeError('CONFIG_INVALID', `${path}: ${v.getDotPath(issue) ?? ''}: ${issue.message.toLowerCase()}`, {
    hint: 'see the manifests that come with mediaforge, in its folder data/models',
  })
}
