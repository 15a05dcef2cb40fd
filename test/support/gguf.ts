/** A tensor of 32-bit floats: `dimensions` begins with the length of a row. */
export interface FloatTensor {
  name: string
  dimensions: number[]
  data: Buffer
}

const U32 = 4
const F32 = 6
const STRING = 8
const ALIGNMENT = 32

/** A GGUF file, version 3, of 32-bit floats (github.com/ggml-org/ggml, docs/gguf.md): numbers are written as u32, `{float}` as f32. */
export function ggufOf(header: Record<string, string | number | {float: number}>, tensors: FloatTensor[]): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(header).length)]
  for (const [key, value] of Object.entries(header)) {
    parts.push(text(key))
    if (typeof value === 'string') parts.push(u32(STRING), text(value))
    else if (typeof value === 'number') parts.push(u32(U32), u32(value))
    else parts.push(u32(F32), f32(value.float))
  }
  let offset = 0
  for (const {name, dimensions, data} of tensors) {
    parts.push(text(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(offset))
    offset += padded(data).length
  }
  return Buffer.concat([padded(Buffer.concat(parts)), ...tensors.map(({data}) => padded(data))])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
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

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)])
}
