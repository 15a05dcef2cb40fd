import {cp, mkdtemp, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

const FILES = ['image_encoder.onnx', 'text_encoder.onnx', 'vocab.json']

/** The manifest of the test data's dual encoder, as its README describes it. */
export const JOINT_MANIFEST = {
  name: 'joint-test',
  dimension: 512,
  scale: {picture: {least: 0, sure: 0.5}, text: {least: 0.3, sure: 0.9}},
  image: {
    file: 'image_encoder.onnx',
    input: 'input',
    output: 'embedding',
    layout: 'nhwc',
    resize: {width: 256, height: 256, fit: 'cover'},
    crop: {width: 224, height: 224},
    mean: [127, 127, 127],
    deviation: [127.5, 127.5, 127.5],
  },
  text: {
    file: 'text_encoder.onnx',
    ids: 'ids',
    mask: 'mask',
    output: 'embedding',
    tokenizer: {kind: 'pieces', file: 'vocab.json', pad: {id: 0, to: 'longest'}},
  },
  scoring: {kind: 'softmax', logitScale: 20, prompts: ['a photo of a {}']},
}

/** A model folder in a temporary place: the files of the test data with a manifest beside them. */
export async function makeJointModel(fixtures: string, manifest: unknown = JOINT_MANIFEST): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mediaforge-model-'))
  for (const file of FILES) await cp(join(fixtures, 'models/joint', file), join(folder, file))
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest))
  return folder
}
