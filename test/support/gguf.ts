import {truncate, writeFile} from 'node:fs/promises'

/** A tensor of 32-bit floats: `dimensions` begins with the length of a row. */
export interface FloatTensor {
  name: string
  dimensions: number[]
}

type Header = Record<string, string | number | {float: number}>

const U32 = 4
const F32 = 6
const STRING = 8
const ALIGNMENT = 32

/** A GGUF file, version 3, of 32-bit floats (github.com/ggml-org/ggml, docs/gguf.md): numbers are written as u32, `{float}` as f32. */
export function ggufOf(header: Header, tensors: (FloatTensor & {data: Buffer})[]): Buffer {
  return Buffer.concat([headOf(header, tensors), ...tensors.map(({data}) => padded(data))])
}

/**
 * Writes a Llama of which only the header is there: its weights are a hole in the file that reads as zeros. 4 GB that take no room on the disk, and
 * seconds to load.
 */
export async function writeHollowModel(path: string): Promise<void> {
  const [width, inner, layers, heads] = [2048, 8192, 16, 16]
  const header = {
    'general.architecture': 'llama',
    'llama.embedding_length': width,
    'llama.block_count': layers,
    'llama.feed_forward_length': inner,
    'llama.attention.head_count': heads,
    'llama.context_length': 64,
  }
  const squares = ['attn_q', 'attn_k', 'attn_v', 'attn_output'].map(name => ({name, dimensions: [width, width]}))
  const rest = [
    {name: 'attn_norm', dimensions: [width]},
    {name: 'ffn_norm', dimensions: [width]},
    {name: 'ffn_gate', dimensions: [width, inner]},
    {name: 'ffn_up', dimensions: [width, inner]},
    {name: 'ffn_down', dimensions: [inner, width]},
  ]
  const tensors = [
    {name: 'token_embd.weight', dimensions: [width, 8]},
    {name: 'output_norm.weight', dimensions: [width]},
    ...Array.from({length: layers}, (_, layer) =>
      [...squares, ...rest].map(({name, dimensions}) => ({name: `blk.${layer}.${name}.weight`, dimensions})),
    ).flat(),
  ]
  const head = headOf(header, tensors)
  await writeFile(path, head)
  await truncate(path, head.length + tensors.reduce((bytes, tensor) => bytes + roomOf(tensor), 0))
}

/** Everything in front of the tensors' data. */
function headOf(header: Header, tensors: readonly FloatTensor[]): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(header).length)]
  for (const [key, value] of Object.entries(header)) {
    parts.push(text(key))
    if (typeof value === 'string') parts.push(u32(STRING), text(value))
    else if (typeof value === 'number') parts.push(u32(U32), u32(value))
    else parts.push(u32(F32), f32(value.float))
  }
  let offset = 0
  for (const tensor of tensors) {
    const {name, dimensions} = tensor
    parts.push(text(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(offset))
    offset += roomOf(tensor)
  }
  return padded(Buffer.concat(parts))
}

/** The bytes from a tensor to the next. */
function roomOf({dimensions}: FloatTensor): number {
  const bytes = dimensions.reduce((product, size) => product * size) * 4
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
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
