import {truncate, writeFile} from 'node:fs/promises'
import {tensorBytes} from '../../dist/adapters/gguf/tensor-types.js'
import {ggufHead} from '../../dist/adapters/gguf/write-gguf.js'

/**
 * Writes a Llama of which only the header is there: its weights are a hole in the file that reads as zeros. 4 GB that take no room on the disk, and
 * seconds to load.
 */
export async function writeHollowModel(path: string): Promise<void> {
  const [width, inner, layers, heads] = [2048, 8192, 16, 16]
  const header = {
    'general.architecture': 'llama',
    'llama.embedding_length': width,
    'llama.block_count': layers,
    'llama.feed_forward_length': inner,
    'llama.attention.head_count': heads,
    'llama.context_length': 64,
  }
  const floats = (name: string, ...dimensions: number[]) => ({name: `${name}.weight`, type: 'F32' as const, dimensions})
  const layer = (at: number) => [
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map(name => floats(`blk.${at}.${name}`, width, width)),
    floats(`blk.${at}.attn_norm`, width),
    floats(`blk.${at}.ffn_norm`, width),
    floats(`blk.${at}.ffn_gate`, width, inner),
    floats(`blk.${at}.ffn_up`, width, inner),
    floats(`blk.${at}.ffn_down`, inner, width),
  ]
  const tensors = [
    floats('token_embd', width, 8),
    floats('output_norm', width),
    ...Array.from({length: layers}, (_, at) => layer(at)).flat(),
  ]
  const head = ggufHead(header, tensors)
  await writeFile(path, head)
  await truncate(path, head.length + tensors.reduce((bytes, {type, dimensions}) => bytes + tensorBytes(type, dimensions), 0))
}
