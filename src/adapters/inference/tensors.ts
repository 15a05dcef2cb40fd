import {Tensor} from 'onnxruntime-node'
import type {Pixels} from '../../domain/media.js'

/** Numbers as a tensor of their type holds them. */
type Values = Float32Array | Uint16Array | Uint8Array

/** How the bytes of a picture become numbers: `(byte - mean) / deviation` a channel, and in which order they stand. */
export interface PictureNumbers {
  layout: 'nhwc' | 'nchw'
  mean: readonly [number, number, number]
  deviation: readonly [number, number, number]
}

/** Element types that a picture may be given in. */
export const PICTURE_TYPES = ['float32', 'float16', 'uint8'] as const
export type PictureType = (typeof PICTURE_TYPES)[number]

/** Element types of token ids and masks. */
export const TOKEN_TYPES = ['int64', 'int32', 'float32'] as const
export type TokenType = (typeof TOKEN_TYPES)[number]

/** Element types of vectors that one model hands to another. */
export const FLOAT_TYPES = ['float32', 'float16'] as const

/** Writes one picture into its place of a batch. */
export type WritePicture = (picture: Pixels, target: Values, index: number) => void

/**
 * Bytes to a model's numbers and layout, in one pass. There are only 256 values a channel, so each is computed once and looked up from then on,
 * in halves as well as in floats.
 */
export function pictureWriter({layout, mean, deviation}: PictureNumbers, type: PictureType): WritePicture {
  const [red, green, blue] = [0, 1, 2].map(channel =>
    numbersOf(
      type,
      Array.from({length: 256}, (_, byte) => (byte - (mean[channel] as number)) / (deviation[channel] as number)),
    ),
  ) as [Values, Values, Values]
  const isPlanar = layout === 'nchw'
  return ({width, height, data}, target, index) => {
    const pixels = width * height
    const [step, plane] = isPlanar ? [1, pixels] : [3, 1]
    let to = index * pixels * 3
    for (let from = 0; from < pixels * 3; from += 3, to += step) {
      target[to] = red[data[from] as number] as number
      target[to + plane] = green[data[from + 1] as number] as number
      target[to + 2 * plane] = blue[data[from + 2] as number] as number
    }
  }
}

/** Room for a batch of pictures. */
export function pictureRoom(type: PictureType, numbers: number): Values {
  return type === 'float32' ? new Float32Array(numbers) : type === 'float16' ? new Uint16Array(numbers) : new Uint8Array(numbers)
}

/** Whole numbers as token ids or masks of a type. */
export function tokenData(type: TokenType, numbers: readonly number[]): BigInt64Array | Int32Array | Float32Array {
  if (type === 'int64') return BigInt64Array.from(numbers, BigInt)
  return type === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers)
}

/** The floats of a model's output, also where it gives halves. */
export function floatsOf(data: Tensor['data']): Float32Array {
  if (data instanceof Float32Array) return data
  if (data instanceof Uint16Array) return Float32Array.from(data, fromHalf)
  // Where JavaScript has halves of its own, from Node 24 on.
  if (Object.prototype.toString.call(data) === '[object Float16Array]') return Float32Array.from(data as ArrayLike<number>)
  throw new TypeError('an output is neither of floats nor of halves')
}

/** Floats as a tensor of their type. */
export function floatTensor(type: (typeof FLOAT_TYPES)[number], floats: Float32Array, sizes: number[]): Tensor {
  return type === 'float32' ? new Tensor(type, floats, sizes) : new Tensor(type, Uint16Array.from(floats, toHalf), sizes)
}

function numbersOf(type: PictureType, values: readonly number[]): Values {
  if (type === 'float16') return Uint16Array.from(values, toHalf)
  return type === 'float32' ? Float32Array.from(values) : Uint8Array.from(values, value => Math.round(value))
}

/** IEEE 754 binary16, rounded to the nearest even; what is too small for a normal number becomes 0. */
function toHalf(value: number): number {
  const single = new Uint32Array(Float32Array.of(value).buffer)[0] as number
  const sign = (single >>> 16) & 0x8000
  const exponent = ((single >>> 23) & 0xff) - 112
  if (exponent <= 0) return sign
  if (exponent >= 31) return sign | 0x7c00
  const mantissa = single & 0x7fffff
  const rounded = mantissa + 0xfff + ((mantissa >>> 13) & 1)
  return sign | ((exponent << 10) + (rounded >>> 13))
}

function fromHalf(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
