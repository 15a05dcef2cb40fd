import {writeGguf, type GgufTensor, type HeaderValue} from '../../adapters/gguf/write-gguf.js'
import type {MODEL_SIZES} from '../registries.js'
import {vocabularyHeader} from './made-vocabulary.js'
import {TENSOR_TYPES, tensorBytes, type TensorType} from '../../adapters/gguf/tensor-types.js'

/** Sizes of published ternary models: what an engine does in a second depends on these, not on what the weights are. */
const SHAPES = {
  /** 1bitLLM/bitnet_b1_58-large. */
  '700m': {embedding: 1536, feedForward: 4096, layers: 24, heads: 16, kvHeads: 16, vocabulary: 32_000},
  /** microsoft/bitnet-b1.58-2B-4T. */
  '2b': {embedding: 2560, feedForward: 6912, layers: 30, heads: 20, kvHeads: 5, vocabulary: 128_256},
  /** The head of the one above, and hardly a body. */
  vocabulary: {embedding: 256, feedForward: 256, layers: 1, heads: 1, kvHeads: 1, vocabulary: 128_256},
} as const satisfies Record<ModelSize | 'vocabulary', object>

export type ModelSize = (typeof MODEL_SIZES)[number]

/** Which type each weight has: as llama.cpp's own quantiser mixes them. */
export const WEIGHT_MIXES = ['TQ2_0', 'Q4_K_M'] as const
export type WeightMix = (typeof WEIGHT_MIXES)[number]

const CONTEXT_TOKENS = 4096
const PIECE_BYTES = 1 << 20

/**
 * Writes a model of random weights. Its architecture is `bitnet`, which every engine knows, so that all can be timed on one file. Takes some seconds
 * and about a gigabyte for `2b`. Rejects with `CANCELLED` on abort.
 */
export async function writeRandomModel(
  path: string,
  size: keyof typeof SHAPES,
  mix: WeightMix,
  {signal}: {signal?: AbortSignal} = {},
): Promise<void> {
  const {embedding, feedForward, layers, heads, kvHeads, vocabulary} = SHAPES[size]
  const header: Record<string, HeaderValue> = {
    'general.architecture': 'bitnet',
    'general.name': `random ${size} ${mix}`,
    'bitnet.embedding_length': embedding,
    'bitnet.block_count': layers,
    'bitnet.feed_forward_length': feedForward,
    'bitnet.attention.head_count': heads,
    'bitnet.attention.head_count_kv': kvHeads,
    'bitnet.context_length': CONTEXT_TOKENS,
    'bitnet.vocab_size': vocabulary,
    'bitnet.attention.layer_norm_rms_epsilon': {float: 1e-5},
    'bitnet.rope.dimension_count': embedding / heads,
    'bitnet.rope.freq_base': {float: 10_000},
    ...vocabularyHeader(vocabulary),
  }
  const keys = (embedding / heads) * kvHeads
  const random = randomWords(layers * vocabulary)
  const ones = (name: string, width: number): GgufTensor => ({
    name: `${name}.weight`,
    type: 'F32',
    dimensions: [width],
    data: [new Uint8Array(new Float32Array(width).fill(1).buffer)],
  })
  const matrix = (name: string, type: TensorType, columns: number, rows: number): GgufTensor => ({
    name: `${name}.weight`,
    type,
    dimensions: [columns, rows],
    data: randomBlocks(type, columns, rows, random),
  })
  const tensors = [matrix('token_embd', 'Q6_K', embedding, vocabulary), ones('output_norm', embedding)]
  for (let layer = 0; layer < layers; layer++) {
    const plain = mix === 'TQ2_0' ? 'TQ2_0' : 'Q4_K'
    const delicate = mix === 'TQ2_0' ? 'TQ2_0' : getsMoreBits(layer, layers) ? 'Q6_K' : 'Q4_K'
    const block = `blk.${layer}`
    tensors.push(
      ones(`${block}.attn_norm`, embedding),
      matrix(`${block}.attn_q`, plain, embedding, embedding),
      matrix(`${block}.attn_k`, plain, embedding, keys),
      matrix(`${block}.attn_v`, delicate, embedding, keys),
      ones(`${block}.attn_sub_norm`, embedding),
      matrix(`${block}.attn_output`, plain, embedding, embedding),
      ones(`${block}.ffn_norm`, embedding),
      matrix(`${block}.ffn_gate`, plain, embedding, feedForward),
      matrix(`${block}.ffn_up`, plain, embedding, feedForward),
      ones(`${block}.ffn_sub_norm`, feedForward),
      matrix(`${block}.ffn_down`, delicate, feedForward, embedding),
    )
  }
  await writeGguf(path, header, tensors, signal === undefined ? {} : {signal})
}

/** Layers whose most delicate weights llama.cpp's Q4_K_M keeps at 6 bits (its `use_more_bits`). */
function getsMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8)
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2
}

function* randomBlocks(type: TensorType, columns: number, rows: number, random: () => number): Generator<Uint8Array> {
  const {blockBytes} = TENSOR_TYPES[type]
  const blocks = tensorBytes(type, [columns, rows]) / blockBytes
  const blocksPerPiece = Math.floor(PIECE_BYTES / blockBytes)
  for (let at = 0; at < blocks; at += blocksPerPiece) {
    const piece = new Uint8Array(Math.min(blocksPerPiece, blocks - at) * blockBytes)
    const view = new DataView(piece.buffer)
    for (let i = 0; i + 4 <= piece.length; i += 4) view.setUint32(i, type === 'TQ2_0' ? ternaryWord(random()) : random(), true)
    // Scales last: random ones would not be numbers, or not of a size that a model has.
    for (let block = 0; block < piece.length; block += blockBytes) {
      for (const offset of SCALE_OFFSETS[type] ?? []) view.setUint16(block + offset, SMALL_HALF, true)
    }
    yield piece
  }
}

/** Where a block has its 16-bit floats. */
const SCALE_OFFSETS: Partial<Record<TensorType, readonly number[]>> = {TQ2_0: [64], Q4_K: [0, 2], Q6_K: [208]}
/** 2^-12. */
const SMALL_HALF = 0x0c00

/** Sixteen codes of 2 bits, with 3, which stands for nothing, made a 1. */
function ternaryWord(word: number): number {
  const threes = word & (word >>> 1) & 0x55555555
  return (word ^ (threes << 1)) >>> 0
}

/** Marsaglia's xorshift of 32 bits (Journal of Statistical Software 8, 2003). */
function randomWords(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
