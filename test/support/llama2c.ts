import {readFile} from 'node:fs/promises'
import {writeGguf, type HeaderValue} from '../../dist/adapters/gguf/write-gguf.js'
import {ggufOf, type FloatTensor} from './gguf.js'

/** A model of llama2.c as GGUF, without a vocabulary. */
export async function ggufOfLlama2c(path: string): Promise<Buffer> {
  const {header, tensors} = await readLlama2c(path)
  return ggufOf(header, tensors)
}

/** Writes a model of llama2.c and its vocabulary as GGUF. */
export async function writeLlama2c(path: string, model: string, vocabulary: string): Promise<void> {
  const {header, tensors} = await readLlama2c(model)
  const typed = tensors.map(({name, dimensions, data}) => ({name, type: 'F32' as const, dimensions, data: [data]}))
  await writeGguf(path, {...header, ...(await llama2cVocabulary(vocabulary))}, typed)
}

/** Sizes and weights of a model of llama2.c (github.com/karpathy/llama2.c, file version 0): seven sizes, then all layers of each weight in turn. */
async function readLlama2c(
  path: string,
): Promise<{header: Record<string, string | number | {float: number}>; tensors: FloatTensor[]}> {
  const bytes = await readFile(path)
  const [width, inner, layers, heads, kvHeads, vocabulary, context] = Array.from({length: 7}, (_, i) =>
    bytes.readInt32LE(i * 4),
  ) as [number, number, number, number, number, number, number]
  const headSize = width / heads
  let at = 28
  const take = (floats: number): Buffer => bytes.subarray(at, (at += floats * 4))
  const tensors: FloatTensor[] = [{name: 'token_embd.weight', dimensions: [width, vocabulary], data: take(width * vocabulary)}]
  const layered = (name: string, dimensions: number[]): void => {
    const floats = dimensions.reduce((product, size) => product * size)
    for (let layer = 0; layer < layers; layer++)
      tensors.push({name: `blk.${layer}.${name}.weight`, dimensions, data: take(floats)})
  }
  layered('attn_norm', [width])
  layered('attn_q', [width, width])
  layered('attn_k', [width, kvHeads * headSize])
  layered('attn_v', [width, kvHeads * headSize])
  layered('attn_output', [width, width])
  layered('ffn_norm', [width])
  layered('ffn_gate', [width, inner])
  layered('ffn_down', [inner, width])
  layered('ffn_up', [width, inner])
  tensors.push({name: 'output_norm.weight', dimensions: [width], data: take(width)})
  const header = {
    'general.architecture': 'llama',
    'llama.embedding_length': width,
    'llama.block_count': layers,
    'llama.feed_forward_length': inner,
    'llama.attention.head_count': heads,
    'llama.attention.head_count_kv': kvHeads,
    'llama.context_length': context,
    'llama.attention.layer_norm_rms_epsilon': {float: 1e-5},
  }
  return {header, tensors}
}

/** A vocabulary file of llama2.c in the keys of GGUF: spaces are U+2581 again, and the three special tokens have their names. */
async function llama2cVocabulary(path: string): Promise<Record<string, HeaderValue>> {
  const pieces = await readPieces(path)
  const names = ['<unk>', '<s>', '</s>']
  return {
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': {texts: pieces.map(({text}, i) => names[i] ?? text.replaceAll(' ', '▁'))},
    'tokenizer.ggml.scores': {floats: pieces.map(({score}) => score)},
    'tokenizer.ggml.token_type': {ints: pieces.map(({text}, i) => [2, 3, 3][i] ?? (/^<0x..>$/.test(text) ? 6 : 1))},
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
    'tokenizer.ggml.unknown_token_id': 0,
  }
}

/** The texts of the tokens of a llama2.c vocabulary file. */
export async function llama2cTokens(path: string): Promise<string[]> {
  const pieces = await readPieces(path)
  return pieces.map(({text}) => {
    const byte = /^<0x(..)>$/.exec(text)?.[1]
    return byte === undefined ? text : String.fromCharCode(Number.parseInt(byte, 16))
  })
}

async function readPieces(path: string): Promise<{text: string; score: number}[]> {
  const bytes = await readFile(path)
  const pieces: {text: string; score: number}[] = []
  for (let at = 4; at < bytes.length;) {
    const length = bytes.readInt32LE(at + 4)
    pieces.push({text: bytes.toString('utf8', at + 8, at + 8 + length), score: bytes.readFloatLE(at)})
    at += 8 + length
  }
  return pieces
}
