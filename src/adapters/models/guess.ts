import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import {documentOf, MANIFEST_FILE, type Document} from './manifest.js'

/** What is looked at of the files that transformers and transformers.js write beside a model. */
const Config = v.looseObject({model_type: v.string()})
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
    v.object({width: v.number(), height: v.number()}),
    v.transform(size => ({...size, isEdge: false})),
  ),
])
const Triple = v.tuple([v.number(), v.number(), v.number()])
const Preprocessor = v.looseObject({
  size: Size,
  crop_size: v.optional(Size),
  do_center_crop: v.optional(v.boolean(), false),
  resample: v.optional(v.number(), 3),
  image_mean: v.optional(Triple, [0.5, 0.5, 0.5]),
  image_std: v.optional(Triple, [0.5, 0.5, 0.5]),
})

/** PIL's numbers of its filters. */
const KERNELS: Readonly<Record<number, string>> = {1: 'lanczos3', 2: 'linear', 3: 'cubic'}

/** What the files do not say, by the kind of model: what was learned in training, and where its cosines lie. */
const FAMILIES = {
  clip: {
    scoring: {kind: 'softmax', logitScale: 100},
    scale: {picture: {least: 0.18, sure: 0.32}, text: {least: 0.7, sure: 0.95}},
    mostTokens: 77,
    padTo: 'longest',
    outputs: ['image_embeds', 'text_embeds'],
  },
  siglip: {
    scoring: {kind: 'sigmoid', logitScale: 117.330795, logitBias: -12.932437},
    scale: {picture: {least: 0.02, sure: 0.14}, text: {least: 0.6, sure: 0.95}},
    mostTokens: 64,
    padTo: 'most',
    outputs: ['pooler_output', 'pooler_output'],
  },
} as const

const PROMPTS = ['a photo of a {}', 'a picture of the {}', '{}']

/**
 * A manifest for a dual encoder as transformers.js keeps it: `config.json`, `preprocessor_config.json`, `tokenizer.json`, and the two towers in `onnx/`.
 * Names and sizes are asked of the towers themselves. Rejects with `USAGE` where the folder is of another kind.
 */
export async function guessManifest(source: string, paths: readonly string[], name: string): Promise<Document> {
  const config = await readJson(source, 'config.json', Config)
  const family = config.model_type.startsWith('siglip') ? 'siglip' : config.model_type.includes('clip') ? 'clip' : null
  if (family === null) {
    throw new MediaForgeError(
      'USAGE',
      `${source} holds a model of the type '${config.model_type}', and clip and siglip are known`,
      {
        hint: `write a ${MANIFEST_FILE} for it, as those in mediaforge's folder data/models`,
      },
    )
  }
  const {outputs, mostTokens, padTo, scoring, scale} = FAMILIES[family]
  const preprocessor = await readJson(source, 'preprocessor_config.json', Preprocessor)
  const imageFile = towerOf(source, paths, 'vision_model')
  const textFile = towerOf(source, paths, 'text_model')
  const [image, text] = [await lookAt(join(source, imageFile)), await lookAt(join(source, textFile))]
  const isQuantised = /quantized|int8|uint8|q8/.test(imageFile)
  const {isEdge, ...size} = preprocessor.size
  const crop = preprocessor.do_center_crop ? (preprocessor.crop_size ?? preprocessor.size) : undefined
  return documentOf(
    {
      name,
      kind: 'dual-encoder',
      title: `${config.model_type} from ${source}`,
      unverified: 'its manifest was guessed from the files beside it',
      files: [imageFile, textFile, ...siblings(paths, [imageFile, textFile]), 'tokenizer.json'].map(path => ({path})),
      dimension: image.dimension(outputs[0], source),
      scale,
      image: {
        file: imageFile,
        input: image.inputs[0],
        output: outputs[0],
        layout: 'nchw',
        resize: {
          ...size,
          ...(isEdge ? {fit: 'cover', rounding: 'down'} : {fit: 'fill'}),
          kernel: KERNELS[preprocessor.resample] ?? 'cubic',
        },
        ...(crop === undefined ? {} : {crop: {width: crop.width, height: crop.height}}),
        mean: preprocessor.image_mean.map(mean => mean * 255),
        deviation: preprocessor.image_std.map(deviation => deviation * 255),
        ...(isQuantised ? {batch: 1} : {}),
      },
      text: {
        file: textFile,
        ids: 'input_ids',
        ...(text.inputs.includes('attention_mask') ? {mask: 'attention_mask'} : {}),
        output: outputs[1],
        tokenizer: {
          kind: 'tokenizer.json',
          file: 'tokenizer.json',
          mostTokens,
          lowerCase: family === 'siglip',
          pad: {id: await padIdOf(source), to: padTo},
        },
        ...(isQuantised ? {batch: 1} : {}),
      },
      scoring: {...scoring, prompts: PROMPTS},
    },
    `what was guessed of ${source}`,
  )
}

/** The smallest file of a tower that a CPU runs well: quantised to bytes, else as it is. */
function towerOf(source: string, paths: readonly string[], tower: string): string {
  const names = ['_quantized', '_int8', '_uint8', '', '_fp16'].flatMap(kind => [
    `onnx/${tower}${kind}.onnx`,
    `${tower}${kind}.onnx`,
  ])
  const found = names.find(path => paths.includes(path))
  if (found !== undefined) return found
  throw new MediaForgeError('USAGE', `${source} has no onnx/${tower}.onnx`, {
    hint: 'export both towers: optimum-cli export onnx --model FOLDER OUT',
  })
}

/** Weights that a tower keeps beside itself, as those above 2 GB must. */
function siblings(paths: readonly string[], towers: readonly string[]): string[] {
  return paths.filter(path => towers.some(tower => path === `${tower}_data` || path === `${tower}.data`))
}

async function lookAt(path: string) {
  const {InferenceSession} = await import('onnxruntime-node')
  const session = await InferenceSession.create(path, {logSeverityLevel: 3}).catch((error: unknown) => {
    throw new MediaForgeError('MODEL_INVALID', `${path} is no model that onnxruntime can load: ${messageOf(error)}`, {
      hint: 'copy or download it again',
      cause: error,
    })
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

/** The id of what shorter texts are filled up with: the tokenizer's own word for it, else 0. */
async function padIdOf(source: string): Promise<number> {
  const Token = v.union([
    v.string(),
    v.pipe(
      v.object({content: v.string()}),
      v.transform(({content}) => content),
    ),
  ])
  const settings = await readJson(source, 'tokenizer_config.json', v.looseObject({pad_token: v.optional(Token)})).catch(
    () => null,
  )
  const tokenizer = await readJson(
    source,
    'tokenizer.json',
    v.looseObject({added_tokens: v.optional(v.array(v.looseObject({id: v.number(), content: v.string()})), [])}),
  )
  const pad = settings?.pad_token ?? '<pad>'
  return tokenizer.added_tokens.find(({content}) => content === pad)?.id ?? 0
}

async function readJson<Schema extends v.GenericSchema>(
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
