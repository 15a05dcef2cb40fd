import {quantise} from '../../dist/adapters/gguf/quantise.js'
import type {TensorType} from '../../dist/adapters/gguf/tensor-types.js'
import {writeGguf, type GgufTensor, type HeaderValue} from '../../dist/adapters/gguf/write-gguf.js'
import {spmVocabulary} from './vocabulary.js'

/** What a tiny model is like; what is not said is small and usual. */
export interface RandomModel {
  architecture?: 'llama' | 'bitnet' | 'bitnet-b1.58' | 'bitnet-25'
  /** Of the linear layers. */
  type?: TensorType
  /** Of the token embedding. */
  embeddingType?: TensorType
  /** Of a head of its own; without it the head is the embedding. */
  headType?: TensorType
  layers?: number
  embedding?: number
  feedForward?: number
  heads?: number
  kvHeads?: number
  contextTokens?: number
  /** More tokens than the usual ones. */
  words?: readonly string[]
  /** Header keys and tensors that change what is written, such as those of RoPE. */
  header?: Record<string, HeaderValue>
  tensors?: GgufTensor[]
  share?: number
  seed?: number
  /** Is told the values of each tensor before they are written, by its name without `.weight`. */
  onTensor?: (name: string, values: Float32Array) => void
}

const TERNARY = new Set<TensorType>(['TQ1_0', 'TQ2_0', 'I2_S'])

/**
 * Writes a GGUF of random weights; the same seed, the same bytes. Answers its vocabulary's size.
 *
 * As in trained models, layers add to a stream that is larger than what each adds, and few tokens are likely: tokens stand on a ring, each
 * likes its two neighbours, and the layers decide which. Of a model where nothing is likely and the layers are everything no two engines agree:
 * a sum in another order lets one activation round to the next integer, and every logit moves.
 */
export async function writeRandomModel(path: string, model: RandomModel = {}): Promise<number> {
  const {architecture = 'llama', type = 'F32', embeddingType = 'F32', headType, layers = 2} = model
  const {embedding = 512, feedForward = 768, heads = 4, kvHeads = 2, contextTokens = 512, seed = 1, share = 0.12} = model
  const normal = normalNumbers(seed)
  const vocabulary = spmVocabulary(model.words)
  const headSize = embedding / heads
  const key = (name: string): string => `${architecture}.${name}`
  const header: Record<string, HeaderValue> = {
    'general.architecture': architecture,
    [key('embedding_length')]: embedding,
    [key('block_count')]: layers,
    [key('feed_forward_length')]: feedForward,
    [key('attention.head_count')]: heads,
    [key('attention.head_count_kv')]: kvHeads,
    [key('context_length')]: contextTokens,
    [key('vocab_size')]: vocabulary.size,
    [key('attention.layer_norm_rms_epsilon')]: {float: 1e-5},
    [key('rope.dimension_count')]: headSize,
    ...vocabulary.header,
    ...model.header,
  }
  const tensor = (name: string, of: TensorType, dimensions: number[], values: Float32Array): GgufTensor => {
    model.onTensor?.(name, values)
    return {name: `${name}.weight`, type: of, dimensions, data: [quantise(of, values)]}
  }
  const norm = (name: string, size: number): GgufTensor =>
    tensor(
      name,
      'F32',
      [size],
      Float32Array.from({length: size}, () => 1 + normal() / 10),
    )
  const matrix = (name: string, of: TensorType, columns: number, rows: number, size = 1 / Math.sqrt(columns)): GgufTensor => {
    const one = TERNARY.has(of) ? () => Math.sign(Math.trunc(normal() * 1.5)) * size : () => normal() * size
    return tensor(name, of, [columns, rows], Float32Array.from({length: columns * rows}, one))
  }
  const ring = ringOf(vocabulary.size, embedding, normal)
  const tensors = [
    tensor('token_embd', embeddingType, [embedding, vocabulary.size], ring),
    // Signs that make a token like its neighbours, and not itself; and logits of a usual size.
    tensor(
      'output_norm',
      'F32',
      [embedding],
      Float32Array.from({length: embedding}, (_, i) => (i < embedding / 2 ? 1 : -1) / LOGIT_SIZE),
    ),
  ]
  if (headType !== undefined) tensors.push(tensor('output', headType, [embedding, vocabulary.size], ring))
  for (let layer = 0; layer < layers; layer++) {
    const block = `blk.${layer}`
    const subNorms =
      architecture === 'llama' ? [] : [norm(`${block}.attn_sub_norm`, embedding), norm(`${block}.ffn_sub_norm`, feedForward)]
    tensors.push(
      norm(`${block}.attn_norm`, embedding),
      matrix(`${block}.attn_q`, type, embedding, embedding),
      matrix(`${block}.attn_k`, type, embedding, kvHeads * headSize),
      matrix(`${block}.attn_v`, type, embedding, kvHeads * headSize),
      matrix(`${block}.attn_output`, type, embedding, embedding, share / Math.sqrt(embedding)),
      norm(`${block}.ffn_norm`, embedding),
      matrix(`${block}.ffn_gate`, type, embedding, feedForward),
      matrix(`${block}.ffn_up`, type, embedding, feedForward),
      matrix(`${block}.ffn_down`, type, feedForward, embedding, share / Math.sqrt(feedForward)),
      ...subNorms,
    )
  }
  await writeGguf(path, header, [...tensors, ...(model.tensors ?? [])])
  return vocabulary.size
}

const LOGIT_SIZE = 16

/** In the first half of its columns a token shares one vector with each neighbour; the second half is its own. */
function ringOf(tokens: number, columns: number, normal: () => number): Float32Array {
  const half = columns / 2
  const shared = Array.from({length: tokens}, () => Float32Array.from({length: half}, normal))
  return Float32Array.from({length: tokens * columns}, (_, at) => {
    const [token, column] = [Math.floor(at / columns), at % columns]
    if (column >= half) return normal() * Math.SQRT2
    return (
      ((shared[token] as Float32Array)[column] as number) + ((shared[(token + 1) % tokens] as Float32Array)[column] as number)
    )
  })
}

/** Numbers of the normal distribution (Box and Muller 1958), from Marsaglia's xorshift of 32 bits. */
export function normalNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1
  const uniform = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) + 0.5) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}
