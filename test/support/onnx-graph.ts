import {onnxOf, type OnnxGraph} from '../../dist/cli/bench/onnx.js'

type Node = OnnxGraph['nodes'][number]
type Weight = OnnxGraph['weights'][number]

/** Puts a graph together: each call adds a node or a constant and gives the name of what comes out of it. */
export function onnxGraph() {
  const nodes: Node[] = []
  const weights: Weight[] = []
  let names = 0

  const constant = (type: Weight['type'], dimensions: number[], data: Uint8Array): string => {
    const name = `c${names++}`
    weights.push({name, dimensions, type, data: Buffer.from(data)})
    return name
  }
  return {
    add(type: string, inputs: string[], attributes?: Node['attributes'], output: string | string[] = `t${names++}`): string {
      const outputs = [output].flat()
      nodes.push({type, inputs, outputs, ...(attributes === undefined ? {} : {attributes})})
      return outputs[0] as string
    },
    floats: (dimensions: number[], values: number[]): string =>
      constant('float32', dimensions, new Uint8Array(Float32Array.from(values).buffer)),
    /** Of numbers that are 0 or whole powers of two. */
    halves: (dimensions: number[], values: number[]): string =>
      constant('float16', dimensions, new Uint8Array(Uint16Array.from(values, halfOf).buffer)),
    bytes: (dimensions: number[], values: number[]): string => constant('uint8', dimensions, Uint8Array.from(values)),
    whole: (...values: number[]): string =>
      constant('int64', [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer)),
    finish: (ends: Pick<OnnxGraph, 'inputs' | 'outputs'>): Buffer => onnxOf({...ends, nodes, weights}),
  }
}

function halfOf(value: number): number {
  if (value === 0) return 0
  return (value < 0 ? 0x8000 : 0) | ((Math.log2(Math.abs(value)) + 15) << 10)
}

/**
 * A part of a model, to be put behind the others: a constant of floats that another file holds. In protobuf what is written later joins what is there.
 */
export function externalWeight(name: string, dimensions: number[], location: string): Buffer {
  const place = length(13, text(1, 'location'), text(2, location))
  // A tensor: its dimensions, floats, its name, where it is kept, and that this is elsewhere.
  const tensor = [...dimensions.map(size => number(1, size)), number(2, 1), text(8, name), place, number(14, 1)]
  return length(7, length(5, ...tensor))
}

/** A part of a model, to be put behind the others: a loop that hands floats on for ever. */
export function endlessLoop(input: string, output: string): Buffer {
  const value = (field: number, name: string, type: number, ...shape: Buffer[]): Buffer =>
    length(field, text(1, name), length(2, length(1, number(1, type), ...shape)))
  const scalar = length(2)
  const node = (field: number, type: string, inputs: string[], outputs: string[], ...more: Buffer[]): Buffer =>
    length(field, ...inputs.map(name => text(1, name)), ...outputs.map(name => text(2, name)), text(4, type), ...more)
  const [float, whole, truth] = [1, 7, 9]
  const body = length(
    6,
    node(1, 'Identity', ['going'], ['goesOn']),
    node(1, 'Identity', ['before'], ['after']),
    text(2, 'body'),
    value(11, 'turn', whole, scalar),
    value(11, 'going', truth, scalar),
    value(11, 'before', float),
    value(12, 'goesOn', truth, scalar),
    value(12, 'after', float),
  )
  // Neither how often nor how long is said.
  return length(7, node(1, 'Loop', ['', '', input], [output], length(5, text(1, 'body'), body, number(20, 5))))
}

/** A field of protobuf that holds others, or text, or a number below 128. */
function length(field: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const size = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7]
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...size]), body])
}

function text(field: number, value: string): Buffer {
  return length(field, Buffer.from(value))
}

function number(field: number, value: number): Buffer {
  return Buffer.from(field < 16 ? [field << 3, value] : [((field << 3) & 127) | 128, field >> 4, value])
}
