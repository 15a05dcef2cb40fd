import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import {MANIFEST_FILE} from './manifest.js'

/** A folder as transformers.js has it: where it is, and the paths of its files. */
export interface ModelFiles {
  source: string
  paths: readonly string[]
}

const Size = v.union([
  v.pipe(
    v.number(),
    v.transform(side => ({width: side, height: side, isEdge: true})),
  ),
  v.pipe(
    v.object({shortest_edge: v.number()}),
    v.transform(({shortest_edge: side}) => ({width: side, height: side, isEdge: true})),
  ),
  v.pipe(
    v.object({longest_edge: v.number()}),
    v.transform(({longest_edge: side}) => ({width: side, height: side, isEdge: false})),
  ),
  v.pipe(
    v.object({width: v.number(), height: v.number()}),
    v.transform(size => ({...size, isEdge: false})),
  ),
])
const Triple = v.tuple([v.number(), v.number(), v.number()])

/** What is looked at of `preprocessor_config.json`. `isEdge`: a side is made that long, and the other one in proportion. */
const Preprocessor = v.looseObject({
  size: Size,
  crop_size: v.optional(Size),
  /** Of models that look at a picture in parts: the size of a part. */
  max_image_size: v.optional(Size),
  do_center_crop: v.optional(v.boolean(), false),
  resample: v.optional(v.number(), 3),
  image_mean: v.optional(Triple, [0.5, 0.5, 0.5]),
  image_std: v.optional(Triple, [0.5, 0.5, 0.5]),
})

/** PIL's numbers of its filters. */
const KERNELS: Readonly<Record<number, string>> = {1: 'lanczos3', 2: 'linear', 3: 'cubic'}

/** How a model's pictures are prepared, as far as all kinds of models have it. */
export async function readPictureSide(source: string) {
  const preprocessor = await readJson(source, 'preprocessor_config.json', Preprocessor)
  const {size, crop_size: crop, max_image_size: part, do_center_crop: isCut, resample, image_mean, image_std} = preprocessor
  return {
    size,
    crop: isCut ? (crop ?? size) : undefined,
    part: part ?? size,
    kernel: KERNELS[resample] ?? 'cubic',
    mean: image_mean.map(mean => mean * 255),
    deviation: image_std.map(deviation => deviation * 255),
  }
}

/** The smallest file of a part that a CPU runs well: quantised to bytes, else as it is. Rejects with `USAGE` where there is none. */
export function partOf({source, paths}: ModelFiles, part: string, hint: string): string {
  const names = ['_quantized', '_int8', '_uint8', '', '_fp16'].flatMap(kind => [
    `onnx/${part}${kind}.onnx`,
    `${part}${kind}.onnx`,
  ])
  const found = names.find(path => paths.includes(path))
  if (found !== undefined) return found
  throw new MediaForgeError('USAGE', `${source} has no onnx/${part}.onnx`, {hint})
}

/** Weights that a part keeps beside itself, as those above 2 GB must. */
export function weightsBeside({paths}: ModelFiles, parts: readonly string[]): string[] {
  return paths.filter(path => parts.some(part => path === `${part}_data` || path === `${part}.data`))
}

/** What a part of a model says of itself. Rejects like `openSession`. */
export async function lookAt(path: string) {
  const {openSession} = await import('../inference/session.js')
  const session = await openSession(path, 1).catch((error: unknown) => {
    if (!(error instanceof MediaForgeError && error.code === 'MODEL_INVALID')) throw error
    throw new MediaForgeError(error.code, error.message, {hint: 'copy or download it again', cause: error})
  })
  const {inputNames, outputMetadata} = session
  await session.release()
  return {
    inputs: inputNames,
    dimension(output: string, source: string): number {
      const found = outputMetadata.find(({name}) => name === output)
      const last = found?.isTensor === true ? found.shape.at(-1) : undefined
      if (typeof last === 'number') return last
      const names = outputMetadata.map(({name}) => name).join(', ')
      throw new MediaForgeError('USAGE', `${path} has no output '${output}' of a known size, only ${names}`, {
        hint: `write a ${MANIFEST_FILE} beside it in ${source}`,
      })
    },
  }
}

/** Words that the tokenizer has beside those it learned, with their ids. */
export async function addedTokens(source: string): Promise<{id: number; content: string}[]> {
  const Tokens = v.array(v.looseObject({id: v.number(), content: v.string()}))
  const {added_tokens} = await readJson(source, 'tokenizer.json', v.looseObject({added_tokens: v.optional(Tokens, [])}))
  return added_tokens
}

/** Rejects with `USAGE` where the file is not there, or is not what it should be. */
export async function readJson<Schema extends v.GenericSchema>(
  source: string,
  file: string,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const path = join(source, file)
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new MediaForgeError('USAGE', `${path} cannot be read: ${messageOf(error)}`, {
      hint: `a folder of transformers.js has config.json, preprocessor_config.json, tokenizer.json and onnx/; or write a ${MANIFEST_FILE}`,
      cause: error,
    })
  }
  const result = v.safeParse(schema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new MediaForgeError('USAGE', `${path}: ${v.getDotPath(issue) ?? ''}: ${issue.message.toLowerCase()}`)
}
