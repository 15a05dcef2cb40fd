import {open} from 'node:fs/promises'
import {throwIfCancelled} from '../../domain/errors.js'
import {TENSOR_TYPES, tensorBytes, type TensorType} from './tensor-types.js'

/** A value of the header. Plain numbers are written as u32; what has another type in the format is wrapped. */
export type HeaderValue =
  | string
  | number
  | boolean
  | {float: number}
  | {texts: readonly string[]}
  | {floats: readonly number[]}
  | {ints: readonly number[]}

export interface GgufTensor {
  name: string
  type: TensorType
  /** The length of a row first, then how many rows. */
  dimensions: readonly number[]
  /** The blocks, in pieces as they come: together as many bytes as type and dimensions say. */
  data: Iterable<Uint8Array>
}

const KINDS = {u32: 4, i32: 5, f32: 6, bool: 7, text: 8, array: 9}
const ALIGNMENT = 32

/**
 * Writes a GGUF file, version 3 (github.com/ggml-org/ggml, docs/gguf.md). Tensors may be larger than memory. Throws `RangeError` where a
 * tensor's data are not as long as it says, and `CANCELLED` on abort.
 */
export async function writeGguf(
  path: string,
  header: Readonly<Record<string, HeaderValue>>,
  tensors: readonly GgufTensor[],
  {signal}: {signal?: AbortSignal} = {},
): Promise<void> {
  await using file = await open(path, 'w')
  await file.write(ggufHead(header, tensors))
  for (const {name, type, dimensions, data} of tensors) {
    let written = 0
    for (const piece of data) {
      throwIfCancelled(signal)
      await file.writeFile(piece)
      written += piece.length
    }
    const expected = tensorBytes(type, dimensions)
    if (written !== expected) throw new RangeError(`tensor ${name} has ${written} bytes, and should have ${expected}`)
    await file.write(Buffer.alloc(paddingOf(written)))
  }
}

/** Everything in front of the tensors' data. */
export function ggufHead(header: Readonly<Record<string, HeaderValue>>, tensors: readonly Omit<GgufTensor, 'data'>[]): Buffer {
  const parts = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(header).length)]
  for (const [key, value] of Object.entries(header)) parts.push(text(key), encoded(value))
  let offset = 0
  for (const {name, type, dimensions} of tensors) {
    parts.push(text(name), u32(dimensions.length), ...dimensions.map(u64), u32(TENSOR_TYPES[type].id), u64(offset))
    const bytes = tensorBytes(type, dimensions)
    offset += bytes + paddingOf(bytes)
  }
  const head = Buffer.concat(parts)
  return Buffer.concat([head, Buffer.alloc(paddingOf(head.length))])
}

function encoded(value: HeaderValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(KINDS.text), text(value)])
  if (typeof value === 'number') return Buffer.concat([u32(KINDS.u32), u32(value)])
  if (typeof value === 'boolean') return Buffer.concat([u32(KINDS.bool), Buffer.of(Number(value))])
  if ('float' in value) return Buffer.concat([u32(KINDS.f32), f32(value.float)])
  if ('texts' in value) return encodedArray(KINDS.text, value.texts.map(text))
  if ('floats' in value) return encodedArray(KINDS.f32, value.floats.map(f32))
  return encodedArray(KINDS.i32, value.ints.map(i32))
}

function encodedArray(kind: number, values: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(KINDS.array), u32(kind), u64(values.length), ...values])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

function paddingOf(bytes: number): number {
  return (ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT
}
