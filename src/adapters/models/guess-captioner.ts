import {join} from 'node:path'
import * as v from 'valibot'
import {MediaForgeError} from '../../domain/errors.js'
import {MANIFEST_FILE} from './manifest.js'
import {addedTokens, lookAt, partOf, readJson, readPictureSide, weightsBeside, type ModelFiles} from './transformers-files.js'

/** What the files do not say, by the kind of model: what it has learned to be asked, and with what it ends besides the token that says so. */
const FAMILIES = {
  florence2: {
    prompt: '{picture}What does the image describe?',
    hasEncoder: true,
    endWords: [] as string[],
  },
  smolvlm: {
    prompt:
      '<|im_start|>User:<fake_token_around_image><global-img>{picture}<fake_token_around_image>' +
      'Describe this picture in one sentence.<end_of_utterance>\nAssistant:',
    hasEncoder: false,
    endWords: ['<end_of_utterance>', '<|im_end|>'],
  },
}

export type CaptionerFamily = keyof typeof FAMILIES

/** SmolVLM is Idefics 3 with smaller parts. */
const TYPES: Readonly<Record<string, CaptionerFamily | undefined>> = {
  florence2: 'florence2',
  idefics3: 'smolvlm',
  smolvlm: 'smolvlm',
}

export function captionerFamily(modelType: string): CaptionerFamily | undefined {
  return TYPES[modelType]
}

const Id = v.optional(v.nullable(v.number()))
const Generation = v.looseObject({
  eos_token_id: v.optional(v.union([v.number(), v.array(v.number())])),
  decoder_start_token_id: Id,
  forced_bos_token_id: Id,
  no_repeat_ngram_size: Id,
})

const MOST_TOKENS = 64

/** What a manifest adds for a model that writes about pictures, in the parts that transformers.js gives it. Rejects with `USAGE`. */
export async function guessCaptioner(model: ModelFiles, family: CaptionerFamily) {
  const {source} = model
  const {prompt, hasEncoder, endWords} = FAMILIES[family]
  const hint = 'pull all files of its folder onnx/, or export it with transformers.js'
  const part = (name: string): string => partOf(model, name, hint)
  const [vision, embed, decoder] = [part('vision_encoder'), part('embed_tokens'), part('decoder_model_merged')]
  const encoder = hasEncoder ? part('encoder_model') : undefined
  const parts = [vision, embed, decoder, ...(encoder === undefined ? [] : [encoder])]

  const generation = await readJson(source, 'generation_config.json', Generation)
  const words = await addedTokens(source)
  const ends = words.filter(({content}) => endWords.includes(content)).map(({id}) => id)
  const endIds = [...new Set([generation.eos_token_id ?? [], ends].flat())]
  const starts = [generation.decoder_start_token_id, generation.forced_bos_token_id].filter(id => typeof id === 'number')
  if (endIds.length === 0 || (hasEncoder && starts.length === 0)) {
    throw new MediaForgeError(
      'USAGE',
      `${join(source, 'generation_config.json')} does not say with what an answer begins and ends`,
      {
        hint: `copy the whole of that file, or write a ${MANIFEST_FILE}`,
      },
    )
  }
  const {inputs} = await lookAt(join(source, vision))
  const mask = inputs.find(input => input === 'pixel_attention_mask')
  const noRepeat = generation.no_repeat_ngram_size ?? 0
  const {part: size, kernel, mean, deviation} = await readPictureSide(source)
  return {
    kind: 'captioner',
    files: [...parts, ...weightsBeside(model, parts), 'tokenizer.json'].map(path => ({path})),
    image: {
      file: vision,
      input: 'pixel_values',
      ...(mask === undefined ? {} : {mask}),
      output: 'image_features',
      layout: 'nchw',
      resize: {width: size.width, height: size.height, fit: 'fill', kernel},
      mean,
      deviation,
    },
    text: {
      tokenizer: 'tokenizer.json',
      prompt,
      embed,
      ...(encoder === undefined ? {} : {encoder, startIds: starts}),
      decoder,
      endIds,
      mostTokens: MOST_TOKENS,
      ...(noRepeat >= 2 ? {noRepeat} : {}),
    },
  }
}
