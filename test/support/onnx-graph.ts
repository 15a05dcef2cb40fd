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
  const length = (field: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts)
    return Buffer.concat([Buffer.from([(field << 3) | 2, body.length]), body])
  }
  const number = (field: number, value: number): Buffer => Buffer.from([field << 3, value])
  const text = (field: number, value: string): Buffer => length(field, Buffer.from(value))
  const place = length(13, text(1, 'location'), text(2, location))
  // A tensor: its dimensions, floats, its name, where it is kept, and that this is elsewhere.
  const tensor = [...dimensions.map(size => number(1, size)), number(2, 1), text(8, name), place, number(14, 1)]
  return length(7, length(5, ...tensor))
}
