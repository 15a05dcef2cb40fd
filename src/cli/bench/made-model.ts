import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {visionTransformer, VIT_B_32} from './vision-transformer.js'

/** A model of CLIP's size for measuring speed where none is installed: `--model made-vit-b-32`. */
export const MADE = 'made-vit-b-32'

/** Writes it into a folder, 350 MB, and gives that. Only its picture tower is there. */
export async function makeModel(folder: string): Promise<string> {
  const {side, dimension} = VIT_B_32
  await mkdir(folder, {recursive: true})
  await writeFile(join(folder, 'vision.onnx'), visionTransformer(VIT_B_32))
  const scale = {least: 0, sure: 1}
  const manifest = {
    name: MADE,
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
