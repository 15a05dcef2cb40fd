/** Writes ONNX models (github.com/onnx/onnx, onnx.proto), as far as measuring and testing need it. */

export type Dimension = number | string

export interface OnnxTensor {
  name: string
  dimensions: number[]
  type: ElementType
  data: Buffer
}

export interface OnnxNode {
  type: string
  inputs: string[]
  outputs: string[]
  attributes?: Record<string, number | number[] | {float: number}>
}

export interface OnnxGraph {
  inputs: {name: string; type: ElementType; shape: readonly Dimension[]}[]
  outputs: {name: string; type: ElementType; shape: readonly Dimension[]}[]
  nodes: OnnxNode[]
  weights: OnnxTensor[]
}

const ELEMENT_TYPES = {float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10} as const
type ElementType = keyof typeof ELEMENT_TYPES

const [INT, FLOAT, INTS] = [2, 1, 7]
const IR_VERSION = 8
const OPSET = 17

/** The bytes of a model file. */
export function onnxOf({inputs, outputs, nodes, weights}: OnnxGraph): Buffer {
  const graph = [
    ...nodes.map(node => message(1, nodeOf(node))),
    text(2, 'graph'),
    ...weights.map(({name, dimensions, type, data}) =>
      message(5, [...dimensions.map(size => whole(1, size)), whole(2, ELEMENT_TYPES[type]), text(8, name), bytes(9, data)]),
    ),
    ...inputs.map(value => message(11, valueOf(value))),
    ...outputs.map(value => message(12, valueOf(value))),
  ]
  return Buffer.concat([whole(1, IR_VERSION), message(7, graph), message(8, [text(1, ''), whole(2, OPSET)])])
}

function nodeOf({type, inputs, outputs, attributes = {}}: OnnxNode): Buffer[] {
  return [
    ...inputs.map(name => text(1, name)),
    ...outputs.map(name => text(2, name)),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) => {
      if (Array.isArray(value)) return message(5, [text(1, name), ...value.map(one => whole(8, one)), whole(20, INTS)])
      if (typeof value === 'number') return message(5, [text(1, name), whole(3, value), whole(20, INT)])
      const float = Buffer.alloc(5)
      float.writeUInt8((2 << 3) | 5)
      float.writeFloatLE(value.float, 1)
      return message(5, [text(1, name), float, whole(20, FLOAT)])
    }),
  ]
}

function valueOf({name, type, shape}: OnnxGraph['inputs'][number]): Buffer[] {
  const dimensions = shape.map(size => message(1, [typeof size === 'number' ? whole(1, size) : text(2, size)]))
  return [text(1, name), message(2, [message(1, [whole(1, ELEMENT_TYPES[type]), message(2, dimensions)])])]
}

function whole(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)])
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value))
}

function message(field: number, parts: Buffer[]): Buffer {
  return bytes(field, Buffer.concat(parts))
}

function bytes(field: number, data: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(data.length), data])
}

/** Seven bits a byte, the lowest first; of negative numbers the two's complement in 64 bits. */
function varint(value: number): Buffer {
  const out: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    out.push(rest > 0n ? low | 0x80 : low)
  } while (rest > 0n)
  return Buffer.from(out)
}
