import {access, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {InferenceSession} from 'onnxruntime-node'
import {MediaForgeError, messageOf, throwIfCancelled} from '../../../domain/errors.js'
import type {Pixels} from '../../../domain/media.js'
import type {Embedder} from '../../../domain/ports/embedder.js'
import {normalise} from '../../../domain/vectors.js'
import {createTokenizer, type Piece} from '../tokenizers/sentence-piece.js'
import {readManifest, type Manifest} from './manifest.js'

/**
 * Any image-text dual encoder in ONNX, as its folder's `model.json` describes it. Each tower is loaded when it is first needed, so a
 * search loads only the text tower; inference runs on onnxruntime's own threads. Rejects like `readManifest`.
 */
export async function openDualEncoder({modelFolder}: {modelFolder: string | undefined}): Promise<Embedder> {
  if (modelFolder === undefined) {
    throw new MediaForgeError('CONFIG_INVALID', 'the dual-encoder embedder needs a model', {
      hint: 'set MEDIAFORGE_MODEL to the folder of a model',
    })
  }
  const manifest = await readManifest(modelFolder)
  const {image, text, dimension} = manifest
  const sessions = new Map<string, Promise<InferenceSession>>()
  let tokenizer: Promise<(text: string) => number[]> | undefined
  let closed = false

  const session = (file: string): Promise<InferenceSession> => {
    if (closed) return Promise.reject(new MediaForgeError('BACKEND_UNAVAILABLE', 'the embedder is closed'))
    const open = sessions.get(file) ?? openSession(join(modelFolder, file))
    sessions.set(file, open)
    return open
  }

  return {
    space: {name: manifest.name, dimension, scale: manifest.scale},
    pictureRule: {...image.resize, ...(image.crop === undefined ? {} : {crop: image.crop})},
    model: manifest.name,

    async embedTexts(texts, {signal} = {}) {
      throwIfCancelled(signal)
      const tower = await session(text.file)
      const tokenize = await (tokenizer ??= openTokenizer(join(modelFolder, text.tokenizer.file)))
      const vectors: Float32Array[] = []
      for (const one of texts) {
        throwIfCancelled(signal)
        const ids = BigInt64Array.from(tokenize(one), BigInt)
        const mask = new Float32Array(ids.length).fill(1)
        const {Tensor: OrtTensor} = await import('onnxruntime-node')
        const shape = [1, ids.length]
        const inputs = {[text.ids]: new OrtTensor('int64', ids, shape), [text.mask]: new OrtTensor('float32', mask, shape)}
        vectors.push(vectorOf(await tower.run(inputs), text.output, dimension))
      }
      return vectors
    },

    async embedPictures(pictures, {signal} = {}) {
      const tower = await session(image.file)
      const {Tensor: OrtTensor} = await import('onnxruntime-node')
      const embeddings = []
      for (const picture of pictures) {
        throwIfCancelled(signal)
        const {data, shape} = tensorOf(picture, image)
        const outputs = await tower.run({[image.input]: new OrtTensor('float32', data, shape)})
        embeddings.push({vector: vectorOf(outputs, image.output, dimension), detections: []})
      }
      return embeddings
    },

    async [Symbol.asyncDispose]() {
      closed = true
      for (const open of sessions.values()) await (await open.catch(() => null))?.release()
    },
  }
}

async function openSession(path: string): Promise<InferenceSession> {
  await access(path).catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `the model file ${path} is not there`, {cause: error})
  })
  const {InferenceSession: Ort} = await import('onnxruntime-node')
  try {
    return await Ort.create(path, {executionProviders: ['cpu'], logSeverityLevel: 3})
  } catch (error) {
    throw new MediaForgeError('MODEL_MISSING', `${path} is no model that onnxruntime can load: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

async function openTokenizer(path: string): Promise<(text: string) => number[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new MediaForgeError('MODEL_MISSING', `the vocabulary ${path} cannot be read`, {cause: error})
  }
  try {
    return createTokenizer(JSON.parse(text) as Piece[])
  } catch (error) {
    throw new MediaForgeError('MODEL_MISSING', `${path} is no vocabulary of pieces and scores`, {cause: error})
  }
}

function vectorOf(outputs: InferenceSession.OnnxValueMapType, name: string, dimension: number): Float32Array {
  const output = outputs[name]
  if (output?.data.length !== dimension) {
    throw new MediaForgeError('CONFIG_INVALID', `the model's output '${name}' does not hold ${dimension} numbers`)
  }
  return normalise(Float32Array.from(output.data as Float32Array))
}

/** Bytes to the floats of the model's layout, in one pass. */
function tensorOf(
  {width, height, data}: Pixels,
  {layout, mean, deviation}: Manifest['image'],
): {data: Float32Array; shape: number[]} {
  const values = new Float32Array(data.length)
  const plane = width * height
  for (let pixel = 0; pixel < plane; pixel++) {
    for (const channel of [0, 1, 2] as const) {
      const value = ((data[3 * pixel + channel] as number) - mean[channel]) / deviation[channel]
      values[layout === 'nhwc' ? 3 * pixel + channel : channel * plane + pixel] = value
    }
  }
  return {data: values, shape: layout === 'nhwc' ? [1, height, width, 3] : [1, 3, height, width]}
}
