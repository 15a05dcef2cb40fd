import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {visionTransformer, VIT_B_16, VIT_B_32, type TransformerSize} from './vision-transformer.js'

/** Models of the sizes of CLIP and SigLIP for measuring speed where none is installed: `--model made-vit-b-32`. */
const MADE: ReadonlyMap<string, TransformerSize> = new Map([
  ['made-vit-b-32', VIT_B_32],
  ['made-vit-b-16', VIT_B_16],
])

/** Whether a model is one that is made to be measured. */
export function isMade(name: string): boolean {
  return MADE.has(name)
}

/** Writes one into a folder, 350 MB, and gives that. Only its picture tower is there. */
export async function makeModel(name: string, folder: string): Promise<string> {
  const size = MADE.get(name) ?? VIT_B_32
  const {side, dimension} = size
  await mkdir(folder, {recursive: true})
  await writeFile(join(folder, 'vision.onnx'), visionTransformer(size))
  const scale = {least: 0, sure: 1}
  const manifest = {
    name,
    dimension,
    scale: {picture: scale, text: scale},
    image: {
      file: 'vision.onnx',
      input: 'pixel_values',
      output: 'image_embeds',
      layout: 'nchw',
      resize: {width: side, height: side, fit: 'cover', kernel: 'cubic'},
      mean: [127.5, 127.5, 127.5],
      deviation: [127.5, 127.5, 127.5],
    },
    text: {file: 'none.onnx', ids: 'none', output: 'none', tokenizer: {kind: 'tokenizer.json', file: 'none.json'}},
  }
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest))
  return folder
}
