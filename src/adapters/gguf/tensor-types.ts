/** Tensor types that are written, with their number in GGUF and their blocks (github.com/ggml-org/ggml, src/ggml-common.h). */
export const TENSOR_TYPES = {
  F32: {id: 0, blockValues: 1, blockBytes: 4},
  F16: {id: 1, blockValues: 1, blockBytes: 2},
  Q4_0: {id: 2, blockValues: 32, blockBytes: 18},
  Q8_0: {id: 8, blockValues: 32, blockBytes: 34},
  Q4_K: {id: 12, blockValues: 256, blockBytes: 144},
  Q6_K: {id: 14, blockValues: 256, blockBytes: 210},
  BF16: {id: 30, blockValues: 1, blockBytes: 2},
  TQ1_0: {id: 34, blockValues: 256, blockBytes: 54},
  TQ2_0: {id: 35, blockValues: 256, blockBytes: 66},
  I2_S: {id: 36, blockValues: 128, blockBytes: 32},
} as const

export type TensorType = keyof typeof TENSOR_TYPES

/** What follows the blocks of a tensor of I2_S: its one scale, padded. */
export const I2_S_TAIL_BYTES = 32

/** Bytes of a tensor. Throws `RangeError` where a row is no whole number of blocks. */
export function tensorBytes(type: TensorType, dimensions: readonly number[]): number {
  const {blockValues, blockBytes} = TENSOR_TYPES[type]
  const [columns = 0, ...others] = dimensions
  if (columns % blockValues !== 0) throw new RangeError(`rows of ${type} are multiples of ${blockValues} values, not ${columns}`)
  const rows = others.reduce((product, size) => product * size, 1)
  return (columns / blockValues) * blockBytes * rows + (type === 'I2_S' ? I2_S_TAIL_BYTES : 0)
}
