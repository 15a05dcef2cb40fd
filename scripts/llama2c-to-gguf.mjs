#!/usr/bin/env node
// node scripts/llama2c-to-gguf.mjs MODEL.bin VOCABULARY.bin FILE.gguf
// A model of llama2.c (github.com/karpathy/llama2.c, file version 0) and its vocabulary as GGUF, nothing lost.
import {readFile} from 'node:fs/promises'
import {argv, stderr} from 'node:process'
import {writeGguf} from '../dist/adapters/gguf/write-gguf.js'

const SPECIAL = [
  {name: '<unk>', type: 2},
  {name: '<s>', type: 3},
  {name: '</s>', type: 3},
]
const NORMAL = 1
const BYTE = 6

const [model, vocabulary, file] = argv.slice(2)
if (file === undefined) {
  stderr.write('usage: node scripts/llama2c-to-gguf.mjs MODEL.bin VOCABULARY.bin FILE.gguf\n')
  process.exitCode = 2
} else {
  const {header, tensors} = readModel(await readFile(model))
  await writeGguf(file, {...header, ...readVocabulary(await readFile(vocabulary))}, tensors)
}

/** Seven sizes, then all layers of each weight in turn. A vocabulary below 0 says that the head is one of its own. */
function readModel(bytes) {
  const [width, inner, layers, heads, kvHeads, signedVocabulary, context] = Array.from({length: 7}, (_, i) =>
    bytes.readInt32LE(i * 4),
  )
  const vocabulary = Math.abs(signedVocabulary)
  const headSize = width / heads
  const tensors = []
  let at = 28
  const take = (name, dimensions) => {
    const end = at + dimensions.reduce((product, size) => product * size) * 4
    tensors.push({name: `${name}.weight`, type: 'F32', dimensions, data: [bytes.subarray(at, end)]})
    at = end
  }
  const layered = (name, dimensions) => {
    for (let layer = 0; layer < layers; layer++) take(`blk.${layer}.${name}`, dimensions)
  }
  take('token_embd', [width, vocabulary])
  layered('attn_norm', [width])
  layered('attn_q', [width, width])
  layered('attn_k', [width, kvHeads * headSize])
  layered('attn_v', [width, kvHeads * headSize])
  layered('attn_output', [width, width])
  layered('ffn_norm', [width])
  layered('ffn_gate', [width, inner])
  layered('ffn_down', [inner, width])
  layered('ffn_up', [width, inner])
  take('output_norm', [width])
  // Behind it stand the waves of the positions, sines and cosines, which GGUF does not keep.
  at += context * headSize * 4
  if (signedVocabulary < 0) take('output', [width, vocabulary])
  const header = {
    'general.architecture': 'llama',
    'llama.embedding_length': width,
    'llama.block_count': layers,
    'llama.feed_forward_length': inner,
    'llama.attention.head_count': heads,
    'llama.attention.head_count_kv': kvHeads,
    'llama.context_length': context,
    'llama.rope.dimension_count': headSize,
    'llama.attention.layer_norm_rms_epsilon': {float: 1e-5},
  }
  return {header, tensors}
}

/** The longest piece's length, then for each piece its score, its length and its bytes. In GGUF spaces are U+2581 again. */
function readVocabulary(bytes) {
  const pieces = []
  for (let at = 4; at < bytes.length;) {
    const length = bytes.readInt32LE(at + 4)
    pieces.push({score: bytes.readFloatLE(at), text: bytes.toString('utf8', at + 8, at + 8 + length)})
    at += 8 + length
  }
  return {
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': {texts: pieces.map(({text}, i) => SPECIAL[i]?.name ?? text.replaceAll(' ', '▁'))},
    'tokenizer.ggml.scores': {floats: pieces.map(({score}) => score)},
    'tokenizer.ggml.token_type': {ints: pieces.map(({text}, i) => SPECIAL[i]?.type ?? (/^<0x..>$/.test(text) ? BYTE : NORMAL))},
    'tokenizer.ggml.unknown_token_id': 0,
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
  }
}
