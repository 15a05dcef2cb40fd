import {halfOf, valueOfHalf} from '../../dist/adapters/gguf/floats.js'

/** What a model is like, in the words of its architecture's paper and not in those of a file. */
export interface PlainModel {
  layers: number
  embedding: number
  feedForward: number
  heads: number
  kvHeads: number
  ropeBase: number
  /** Which elements of a head turn together: element i with i + half, or 2i with 2i + 1. */
  ropePairs: 'halves' | 'neighbours'
  gate: 'silu' | 'squared-relu'
  /** RMS norms behind attention and behind the gate (BitNet). */
  hasSubNorms: boolean
  /** Inputs of linear layers are rounded to 8 bits, one scale a token (Ma et al. 2024, arXiv 2402.17764). */
  roundsActivations: boolean
  /** By name, rows behind each other, as many columns as the input has. */
  weights: ReadonlyMap<string, Float32Array>
}

const EPSILON = 1e-5

/**
 * The logits behind each token, in 64 bits and in plain loops: a decoder of the Llama kind (Touvron et al. 2023, arXiv 2302.13971) or BitNet's
 * (Ma et al. 2024; Ma et al. 2025, arXiv 2504.12285). Keys and values are kept in 16 bits, as the engine keeps them.
 */
export function logitsOf(model: PlainModel, tokens: readonly number[]): Float64Array[] {
  const {embedding, heads, kvHeads} = model
  const headSize = embedding / heads
  const keys: Float64Array[][] = Array.from({length: model.layers}, () => [])
  const values: Float64Array[][] = Array.from({length: model.layers}, () => [])
  return tokens.map((token, position) => {
    const table = weight(model, 'token_embd')
    let stream: Float64Array = Float64Array.from(table.subarray(token * embedding, (token + 1) * embedding))
    for (let layer = 0; layer < model.layers; layer++) {
      const of = (name: string): Float32Array => weight(model, `blk.${layer}.${name}`)
      const linear = (name: string, input: Float64Array): Float64Array => multiply(of(name), input, model.roundsActivations)

      let input = rmsNorm(stream, of('attn_norm'))
      const queries = turned(linear('attn_q', input), headSize, position, model)
      keys[layer]?.push(inHalves(turned(linear('attn_k', input), headSize, position, model)))
      values[layer]?.push(inHalves(linear('attn_v', input)))
      let attended: Float64Array = new Float64Array(embedding)
      for (let head = 0; head < heads; head++) {
        const shared = Math.floor(head / (heads / kvHeads)) * headSize
        const query = queries.subarray(head * headSize, (head + 1) * headSize)
        const scores = (keys[layer] ?? []).map(key => dot(query, key.subarray(shared, shared + headSize)) / Math.sqrt(headSize))
        const attendedHere = attended.subarray(head * headSize, (head + 1) * headSize)
        const shares = softmax(scores)
        shares.forEach((share, seen) => {
          const value = (values[layer] ?? [])[seen] as Float64Array
          attendedHere.forEach((sum, i) => (attendedHere[i] = sum + share * (value[shared + i] as number)))
        })
      }
      if (model.hasSubNorms) attended = rmsNorm(attended, of('attn_sub_norm'))
      stream = sum(stream, linear('attn_output', attended))

      input = rmsNorm(stream, of('ffn_norm'))
      const up = linear('ffn_up', input)
      const gate = model.gate === 'silu' ? silu : squaredRelu
      let inner: Float64Array = linear('ffn_gate', input).map((value, i) => gate(value) * (up[i] as number))
      if (model.hasSubNorms) inner = rmsNorm(inner, of('ffn_sub_norm'))
      stream = sum(stream, linear('ffn_down', inner))
    }
    return multiply(table, rmsNorm(stream, weight(model, 'output_norm')), false)
  })
}

function weight(model: PlainModel, name: string): Float32Array {
  const found = model.weights.get(name)
  if (found === undefined) throw new Error(`the model has no ${name}`)
  return found
}

function multiply(weights: Float32Array, input: Float64Array, rounds: boolean): Float64Array {
  const columns = input.length
  const largest = input.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-10)
  const vector = rounds ? input.map(value => roundedToEven((value / largest) * 127)) : input
  const unit = rounds ? largest / 127 : 1
  return Float64Array.from({length: weights.length / columns}, (_, row) => {
    let product = 0
    for (let i = 0; i < columns; i++) product += (weights[row * columns + i] as number) * (vector[i] as number)
    return product * unit
  })
}

function roundedToEven(value: number): number {
  const whole = Math.round(value)
  return Math.abs(value % 1) === 0.5 && whole % 2 !== 0 ? whole - 1 : whole
}

function rmsNorm(values: Float64Array, scale: Float32Array): Float64Array {
  const mean = values.reduce((total, value) => total + value * value, 0) / values.length
  return values.map((value, i) => (value / Math.sqrt(mean + EPSILON)) * (scale[i] as number))
}

/** Rotary position embedding (Su et al. 2021, arXiv 2104.09864) of all heads of a token. */
function turned(values: Float64Array, headSize: number, position: number, {ropeBase, ropePairs}: PlainModel): Float64Array {
  const out = Float64Array.from(values)
  for (let head = 0; head < values.length; head += headSize) {
    for (let i = 0; i < headSize / 2; i++) {
      const [a, b] = ropePairs === 'halves' ? [head + i, head + i + headSize / 2] : [head + 2 * i, head + 2 * i + 1]
      const angle = position * ropeBase ** ((-2 * i) / headSize)
      out[a] = (values[a] as number) * Math.cos(angle) - (values[b] as number) * Math.sin(angle)
      out[b] = (values[a] as number) * Math.sin(angle) + (values[b] as number) * Math.cos(angle)
    }
  }
  return out
}

function inHalves(values: Float64Array): Float64Array {
  return values.map(value => valueOfHalf(halfOf(value)))
}

function softmax(scores: number[]): number[] {
  const largest = scores.reduce((a, b) => Math.max(a, b))
  const powers = scores.map(score => Math.exp(score - largest))
  const total = powers.reduce((a, b) => a + b)
  return powers.map(power => power / total)
}

function silu(value: number): number {
  return value / (1 + Math.exp(-value))
}

function squaredRelu(value: number): number {
  return Math.max(0, value) ** 2
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, i) => total + value * (b[i] as number), 0)
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + (b[i] as number))
}
