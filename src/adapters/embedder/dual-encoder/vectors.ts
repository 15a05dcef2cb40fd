import type {InferenceSession, Tensor} from 'onnxruntime-node'
import {MediaForgeError} from '../../../domain/errors.js'
import {normalise} from '../../../domain/vectors.js'
import {floatsOf} from '../../inference/tensors.js'

/**
 * The rows of an output as unit vectors. Rejects with `CONFIG_INVALID` where it holds another number of them, or no numbers: token ids beyond the
 * model's vocabulary, as those of another model's tokenizer, end there as well.
 */
export function vectorsOf(
  outputs: InferenceSession.OnnxValueMapType,
  name: string,
  rows: number,
  dimension: number,
): Float32Array[] {
  const floats = floatsOf((outputs[name] as Tensor).data)
  if (floats.length !== rows * dimension) {
    throw new MediaForgeError('CONFIG_INVALID', `the model's output '${name}' does not hold ${dimension} numbers a vector`)
  }
  return Array.from({length: rows}, (_, i) => {
    const vector = floats.slice(i * dimension, (i + 1) * dimension)
    if (!vector.every(Number.isFinite)) {
      throw new MediaForgeError('CONFIG_INVALID', `the model's output '${name}' is not a number`, {
        hint: 'see whether the tokenizer, mean and deviation in its model.json are those of its maker',
      })
    }
    return normalise(vector)
  })
}
