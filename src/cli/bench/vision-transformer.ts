import {onnxOf, type OnnxNode, type OnnxTensor} from './onnx.js'

/** The size of a vision transformer (Dosovitskiy et al. 2020, arXiv 2010.11929). */
export interface TransformerSize {
  side: number
  patch: number
  width: number
  layers: number
  heads: number
  dimension: number
}

/** The picture tower of CLIP ViT-B/32: 88 million weights. */
export const VIT_B_32: TransformerSize = {side: 224, patch: 32, width: 768, layers: 12, heads: 12, dimension: 512}

/** That of SigLIP B/16, with a class token more: four times the tokens, and four times the work. */
export const VIT_B_16: TransformerSize = {...VIT_B_32, patch: 16, dimension: 768}

/**
 * A picture tower in the shape of CLIP's, with weights by chance: what it says means nothing, and what it costs is what the real one costs. Input
 * `pixel_values` (batch, 3, side, side), output `image_embeds` (batch, dimension).
 */
export function visionTransformer({side, patch, width, layers, heads, dimension}: TransformerSize): Buffer {
  const nodes: OnnxNode[] = []
  const weights: OnnxTensor[] = []
  const tokens = (side / patch) ** 2 + 1
  let names = 0

  const add = (type: string, inputs: string[], attributes?: OnnxNode['attributes'], output = `t${names++}`): string => {
    nodes.push({type, inputs, outputs: [output], ...(attributes === undefined ? {} : {attributes})})
    return output
  }
  const weight = (...dimensions: number[]): string => {
    const name = `w${names++}`
    weights.push({name, dimensions, type: 'float32', data: noise(dimensions.reduce((product, size) => product * size))})
    return name
  }
  const sizes = (...values: number[]): string => {
    const name = `s${names++}`
    const data = Buffer.from(BigInt64Array.from(values, BigInt).buffer)
    weights.push({name, dimensions: [values.length], type: 'int64', data})
    return name
  }
  const norm = (x: string): string => add('LayerNormalization', [x, weight(width), weight(width)], {axis: -1})
  const linear = (x: string, from: number, to: number): string => add('Add', [add('MatMul', [x, weight(from, to)]), weight(to)])
  const split = (x: string, perm: number[]): string =>
    add('Transpose', [add('Reshape', [x, sizes(0, tokens, heads, width / heads)])], {perm})

  const patches = add('Conv', ['pixel_values', weight(width, 3, patch, patch)], {
    kernel_shape: [patch, patch],
    strides: [patch, patch],
  })
  const row = add('Transpose', [add('Reshape', [patches, sizes(0, width, tokens - 1)])], {perm: [0, 2, 1]})
  // A class token for each picture: nothing of one patch, and its own weights.
  const first = add('Slice', [row, sizes(0), sizes(1), sizes(1)])
  const classToken = add('Add', [add('Sub', [first, first]), weight(1, 1, width)])
  let x = norm(add('Add', [add('Concat', [classToken, row], {axis: 1}), weight(1, tokens, width)]))
  for (let layer = 0; layer < layers; layer++) {
    const h = norm(x)
    const [q, k, v] = [
      [0, 2, 1, 3],
      [0, 2, 3, 1],
      [0, 2, 1, 3],
    ].map(perm => split(linear(h, width, width), perm)) as [string, string, string]
    const scores = add('Mul', [add('MatMul', [q, k]), weight(1)])
    const seen = add('MatMul', [add('Softmax', [scores], {axis: -1}), v])
    const joined = add('Reshape', [add('Transpose', [seen], {perm: [0, 2, 1, 3]}), sizes(0, tokens, width)])
    x = add('Add', [x, linear(joined, width, width)])
    const wide = linear(norm(x), width, 4 * width)
    const gate = add('Sigmoid', [add('Mul', [wide, weight(1)])])
    x = add('Add', [x, linear(add('Mul', [wide, gate]), 4 * width, width)])
  }
  const pooled = add('Reshape', [add('Slice', [norm(x), sizes(0), sizes(1), sizes(1)]), sizes(0, width)])
  add('MatMul', [pooled, weight(width, dimension)], undefined, 'image_embeds')
  return onnxOf({
    inputs: [{name: 'pixel_values', type: 'float32', shape: ['batch', 3, side, side]}],
    outputs: [{name: 'image_embeds', type: 'float32', shape: ['batch', dimension]}],
    nodes,
    weights,
  })
}

/** Numbers between -0.05 and 0.05, the same in every run. */
function noise(count: number): Buffer {
  const floats = new Float32Array(count)
  let state = 1
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    floats[i] = (state / 2 ** 32 - 0.5) / 10
  }
  return Buffer.from(floats.buffer)
}
