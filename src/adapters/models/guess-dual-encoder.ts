import {join} from 'node:path'
import * as v from 'valibot'
import {addedTokens, lookAt, partOf, readJson, readPictureSide, weightsBeside, type ModelFiles} from './transformers-files.js'

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

export type DualEncoderFamily = keyof typeof FAMILIES

export function dualEncoderFamily(modelType: string): DualEncoderFamily | undefined {
  if (modelType.startsWith('siglip')) return 'siglip'
  return modelType.includes('clip') ? 'clip' : undefined
}

const PROMPTS = ['a photo of a {}', 'a picture of the {}', '{}']

/** What a manifest adds for an image-text dual encoder in two towers. Names and sizes are asked of the towers themselves. Rejects with `USAGE`. */
export async function guessDualEncoder(model: ModelFiles, family: DualEncoderFamily) {
  const {source} = model
  const {outputs, mostTokens, padTo, scoring, scale} = FAMILIES[family]
  const {size, crop, kernel, mean, deviation} = await readPictureSide(source)
  const hint = 'export both towers: optimum-cli export onnx --model FOLDER OUT'
  const [imageFile, textFile] = [partOf(model, 'vision_model', hint), partOf(model, 'text_model', hint)]
  const towers = [imageFile, textFile]
  const [image, text] = [await lookAt(join(source, imageFile)), await lookAt(join(source, textFile))]
  const isQuantised = /quantized|int8|uint8|q8/.test(imageFile)
  const {isEdge, width, height} = size
  return {
    kind: 'dual-encoder',
    files: [...towers, ...weightsBeside(model, towers), 'tokenizer.json'].map(path => ({path})),
    dimension: image.dimension(outputs[0], source),
    scale,
    image: {
      file: imageFile,
      input: image.inputs[0],
      output: outputs[0],
      layout: 'nchw',
      resize: {width, height, ...(isEdge ? {fit: 'cover', rounding: 'down'} : {fit: 'fill'}), kernel},
      ...(crop === undefined ? {} : {crop: {width: crop.width, height: crop.height}}),
      mean,
      deviation,
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
  const pad = settings?.pad_token ?? '<pad>'
  return (await addedTokens(source)).find(({content}) => content === pad)?.id ?? 0
}
