import {bfloatOf, halfOf, valueOfHalf} from './floats.js'
import {I2_S_TAIL_BYTES, TENSOR_TYPES, type TensorType} from './tensor-types.js'

/** Writes one block of values at an offset. */
type WriteBlock = (values: Float32Array, target: DataView, at: number) => void

/**
 * A tensor's values in a tensor type's blocks, each rounded to what is nearest: llama.cpp's own quantisers search for better scales. `values` are a
 * whole number of blocks. Ternary types take {-s, 0, +s}; of I2_S all values share one scale.
 */
export function quantise(type: TensorType, values: Float32Array): Uint8Array {
  const {blockValues, blockBytes} = TENSOR_TYPES[type]
  if (values.length % blockValues !== 0)
    throw new RangeError(`${type} takes multiples of ${blockValues} values, not ${values.length}`)
  const tail = type === 'I2_S' ? I2_S_TAIL_BYTES : 0
  const bytes = new Uint8Array((values.length / blockValues) * blockBytes + tail)
  const target = new DataView(bytes.buffer)
  for (let block = 0; block * blockValues < values.length; block++) {
    WRITERS[type](values.subarray(block * blockValues, (block + 1) * blockValues), target, block * blockBytes)
  }
  if (tail > 0) target.setFloat32(bytes.length - tail, largestOf(values), true)
  return bytes
}

const WRITERS: Readonly<Record<TensorType, WriteBlock>> = {
  F32: ([value = 0], target, at) => target.setFloat32(at, value, true),
  F16: ([value = 0], target, at) => target.setUint16(at, halfOf(value), true),
  BF16: ([value = 0], target, at) => target.setUint16(at, bfloatOf(value), true),
  Q8_0: (values, target, at) => {
    const unit = setHalf(target, at, largestOf(values) / 127)
    values.forEach((value, i) => target.setInt8(at + 2 + i, steps(value, unit, -127, 127)))
  },
  Q4_0: (values, target, at) => {
    // The value of the largest magnitude becomes -8 whatever its sign.
    const unit = setHalf(target, at, -signedLargestOf(values) / 8)
    const code = (i: number): number => steps(values[i] as number, unit, -8, 7) + 8
    for (let i = 0; i < 16; i++) target.setUint8(at + 2 + i, code(i) | (code(i + 16) << 4))
  },
  Q4_K: writeQ4K,
  Q6_K: writeQ6K,
  TQ1_0: writeTQ1,
  TQ2_0: (values, target, at) => {
    const codes = ternaryCodes(values)
    for (let i = 0; i < 64; i++) target.setUint8(at + i, fourCodes(codes, (i >> 5) * 128 + (i & 31), [0, 2, 4, 6]))
    setHalf(target, at + 64, largestOf(values))
  },
  I2_S: (values, target, at) => {
    const codes = ternaryCodes(values)
    for (let i = 0; i < 32; i++) target.setUint8(at + i, fourCodes(codes, i, [6, 4, 2, 0]))
  },
}

/** Eight groups of 32 values, each with a scale and an offset of 6 bits that share two 16-bit floats. */
function writeQ4K(values: Float32Array, target: DataView, at: number): void {
  const groups = Array.from({length: 8}, (_, i) => values.subarray(i * 32, i * 32 + 32))
  const offsets = groups.map(group => Math.max(0, -group.reduce((a, b) => Math.min(a, b))))
  const scales = groups.map((group, i) => (group.reduce((a, b) => Math.max(a, b)) + (offsets[i] as number)) / 15)
  const scaleUnit = setHalf(target, at, Math.max(...scales) / 63)
  const offsetUnit = setHalf(target, at + 2, Math.max(...offsets) / 63)
  const scaleCodes = scales.map(scale => steps(scale, scaleUnit, 0, 63))
  const offsetCodes = offsets.map(offset => steps(offset, offsetUnit, 0, 63))
  for (let i = 0; i < 4; i++) {
    const [scale, offset, lateScale, lateOffset] = [scaleCodes[i], offsetCodes[i], scaleCodes[i + 4], offsetCodes[i + 4]] as [
      number,
      number,
      number,
      number,
    ]
    target.setUint8(at + 4 + i, scale | ((lateScale >> 4) << 6))
    target.setUint8(at + 8 + i, offset | ((lateOffset >> 4) << 6))
    target.setUint8(at + 12 + i, (lateScale & 15) | ((lateOffset & 15) << 4))
  }
  const code = (group: number, i: number): number => {
    const offset = offsetUnit * (offsetCodes[group] as number)
    return steps(((groups[group] as Float32Array)[i] as number) + offset, scaleUnit * (scaleCodes[group] as number), 0, 15)
  }
  for (let i = 0; i < 128; i++) {
    const group = (i >> 5) * 2
    target.setUint8(at + 16 + i, code(group, i & 31) | (code(group + 1, i & 31) << 4))
  }
}

/** Sixteen groups of 16 values, each with a scale of 8 bits that shares one 16-bit float. */
function writeQ6K(values: Float32Array, target: DataView, at: number): void {
  const scales = Array.from({length: 16}, (_, i) => -signedLargestOf(values.subarray(i * 16, i * 16 + 16)) / 32)
  const unit = setHalf(target, at + 208, Math.max(...scales.map(Math.abs)) / 127)
  const scaleCodes = scales.map(scale => steps(scale, unit, -128, 127))
  scaleCodes.forEach((code, i) => target.setInt8(at + 192 + i, code))
  const code = (i: number): number => steps(values[i] as number, unit * (scaleCodes[i >> 4] as number), -32, 31) + 32
  for (let half = 0; half < 2; half++) {
    for (let i = 0; i < 32; i++) {
      const [a, b, c, d] = [0, 32, 64, 96].map(part => code(half * 128 + part + i)) as [number, number, number, number]
      target.setUint8(at + half * 64 + i, (a & 15) | ((c & 15) << 4))
      target.setUint8(at + half * 64 + 32 + i, (b & 15) | ((d & 15) << 4))
      target.setUint8(at + 128 + half * 32 + i, (a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((d >> 4) << 6))
    }
  }
}

/** Base-3 digits scaled to 256: five a byte in 48 bytes, four a byte in four. */
function writeTQ1(values: Float32Array, target: DataView, at: number): void {
  const codes = ternaryCodes(values)
  const pack = (begin: number, stride: number, digits: number): number => {
    let number = 0
    for (let n = 0; n < 5; n++) number = number * 3 + (n < digits ? (codes[begin + n * stride] as number) : 0)
    return Math.ceil((number * 256) / 243)
  }
  for (let i = 0; i < 32; i++) target.setUint8(at + i, pack(i, 32, 5))
  for (let i = 0; i < 16; i++) target.setUint8(at + 32 + i, pack(160 + i, 16, 5))
  for (let i = 0; i < 4; i++) target.setUint8(at + 48 + i, pack(240 + i, 4, 4))
  setHalf(target, at + 52, largestOf(values))
}

function ternaryCodes(values: Float32Array): Uint8Array {
  return Uint8Array.from(values, value => 1 + Math.sign(value))
}

/** Codes that stand 32 apart, in one byte. */
function fourCodes(codes: Uint8Array, first: number, shifts: readonly number[]): number {
  return shifts.reduce((byte, shift, n) => byte | ((codes[first + n * 32] as number) << shift), 0)
}

/** Writes a scale and returns what it is worth once written. */
function setHalf(target: DataView, at: number, value: number): number {
  const half = halfOf(value)
  target.setUint16(at, half, true)
  return valueOfHalf(half)
}

function steps(value: number, unit: number, least: number, most: number): number {
  return unit === 0 ? Math.max(0, least) : Math.min(most, Math.max(least, Math.round(value / unit)))
}

function signedLargestOf(values: Float32Array): number {
  return values.reduce((largest, value) => (Math.abs(value) > Math.abs(largest) ? value : largest), 0)
}

function largestOf(values: Float32Array): number {
  return Math.abs(signedLargestOf(values))
}
