import {readFile} from 'node:fs/promises'
import {ggufOf, type FloatTensor} from './gguf.js'

/** A model of llama2.c (github.com/karpathy/llama2.c, file version 0) as GGUF: seven sizes, then all layers of each weight in turn. */
export async function ggufOfLlama2c(path: string): Promise<Buffer> {
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
  return ggufOf(header, tensors)
}

/** The texts of the tokens of a llama2.c vocabulary file. */
export async function llama2cTokens(path: string): Promise<string[]> {
  const bytes = await readFile(path)
  const tokens: string[] = []
  for (let at = 4; at < bytes.length;) {
    const length = bytes.readInt32LE(at + 4)
    const text = bytes.toString('utf8', at + 8, at + 8 + length)
    const byte = /^<0x(..)>$/.exec(text)?.[1]
    tokens.push(byte === undefined ? text : String.fromCharCode(Number.parseInt(byte, 16)))
    at += 8 + length
  }
  return tokens
}
