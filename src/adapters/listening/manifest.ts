import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../../domain/errors.js'

const FILE = 'model.json'
const HINT = 'set MEDIAFORGE_SOUND_MODEL to the folder of a sound classifier'

/** A file beside the manifest: a name alone, so that a manifest leads nowhere else. */
const FileName = v.pipe(v.string(), v.regex(/^[\w][\w.-]*$/, 'a file name without folders'))

const ManifestSchema = v.strictObject({
  kind: v.literal('sound-classifier'),
  /** Whoever changes anything that shapes a score changes the name. */
  name: v.pipe(v.string(), v.regex(/^[\w][\w.-]*$/)),
  file: FileName,
  input: v.string(),
  output: v.string(),
  /** Mono samples from -1 to 1; other rates than this one are not made. */
  sampleRateHz: v.literal(16_000),
  windowSamples: v.pipe(v.number(), v.integer(), v.minValue(160), v.maxValue(480_000)),
  /** The classes, one a line. */
  labels: FileName,
})

/** What a sound classifier is: its files, what it listens to, and what its input and output are called. */
export interface SoundModel extends Omit<v.InferOutput<typeof ManifestSchema>, 'labels'> {
  labels: string[]
}

/** Reads `model.json` and the labels in a model's folder. Rejects with `MODEL_MISSING`, and with `CONFIG_INVALID` for what makes no sense. */
export async function readSoundModel(folder: string): Promise<SoundModel> {
  const path = join(folder, FILE)
  let json: unknown
  try {
    json = JSON.parse(await read(path))
  } catch (error) {
    if (error instanceof MediaForgeError) throw error
    throw new MediaForgeError('CONFIG_INVALID', `${path} is no valid JSON: ${messageOf(error)}`, {cause: error})
  }
  const result = v.safeParse(ManifestSchema, json)
  if (!result.success) {
    const [issue] = result.issues
    throw new MediaForgeError('CONFIG_INVALID', `${path}: ${v.getDotPath(issue) ?? ''}: ${issue.message.toLowerCase()}`)
  }
  const labels = (await read(join(folder, result.output.labels))).split(/\r?\n/).filter(line => line.trim() !== '')
  return {...result.output, labels}
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `the model file ${path} cannot be read`, {hint: HINT, cause: error})
  })
}
