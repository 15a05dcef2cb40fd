import {join} from 'node:path'
import {Tensor} from 'onnxruntime-node'
import {pieceTokenizer, tokenizerOf, type Piece, type Tokenize} from '../../inference/tokenizer.js'
import {readTokenizer} from '../../inference/tokenizer-file.js'
import type {Manifest} from './manifest.js'
import type {ModelData} from './messages.js'
import {assertInputs, assertOutput, inputOf, openSession} from '../../inference/session.js'
import {tokenData, TOKEN_TYPES} from '../../inference/tensors.js'
import {vectorsOf} from './vectors.js'

/** One unit vector a text, in order. */
export type TextTower = (texts: readonly string[]) => Promise<Float32Array[]>

export async function openTextTower({folder, manifest, threads}: ModelData): Promise<TextTower> {
  const {text, dimension} = manifest
  const path = join(folder, text.file)
  // Reading the vocabulary takes as long as loading the weights, and both wait for the disk.
  const [session, tokenize] = await Promise.all([
    openSession(path, threads),
    openTokenizer(join(folder, text.tokenizer.file), text.tokenizer),
  ])
  const ids = inputOf(session, path, text.ids, TOKEN_TYPES)
  // Exports of one model differ in whether they take a mask.
  const maskName = session.inputNames.find(name => name === text.mask)
  const mask = maskName === undefined ? null : inputOf(session, path, maskName, TOKEN_TYPES)
  assertInputs(session, path, [text.ids, ...(maskName === undefined ? [] : [maskName])])
  assertOutput(session, path, text.output, dimension)
  const {pad, mostTokens} = text.tokenizer
  const batch = pad === undefined ? 1 : Math.min(text.batch, ids.shape[0] ?? text.batch)

  return async texts => {
    const vectors: Float32Array[] = []
    for (let from = 0; from < texts.length; from += batch) {
      const rows = texts.slice(from, from + batch).map(tokenize)
      const length = pad?.to === 'most' ? mostTokens : Math.max(...rows.map(row => row.length))
      const filled = rows.flatMap(row => [...row, ...Array<number>(length - row.length).fill(pad?.id ?? 0)])
      const shape = [rows.length, length]
      const inputs = {[text.ids]: new Tensor(ids.type, tokenData(ids.type, filled) as never, shape)}
      if (maskName !== undefined && mask !== null) {
        const seen = rows.flatMap(row => Array.from({length}, (_, i) => (i < row.length ? 1 : 0)))
        inputs[maskName] = new Tensor(mask.type, tokenData(mask.type, seen) as never, shape)
      }
      vectors.push(...vectorsOf(await session.run(inputs, [text.output]), text.output, rows.length, dimension))
    }
    return vectors
  }
}

/** Token ids of a text as the model wants them, cut to what it takes. Rejects with `MODEL_MISSING` where the file makes no tokenizer. */
async function openTokenizer(path: string, {kind, lowerCase, mostTokens}: Manifest['text']['tokenizer']): Promise<Tokenize> {
  const tokenize = await readTokenizer(path, kind, json => {
    const made = kind === 'pieces' ? pieceTokenizer(json as Piece[]) : tokenizerOf(json as object)
    if (made('a photo').some(id => !Number.isInteger(id))) throw new Error('it gives tokens without numbers')
    return made
  })
  const closing = tokenize('').at(-1)
  return text => {
    const ids = tokenize(lowerCase ? text.toLowerCase() : text)
    if (ids.length <= mostTokens) return ids
    return kind === 'pieces' || closing === undefined ? ids.slice(0, mostTokens) : [...ids.slice(0, mostTokens - 1), closing]
  }
}
