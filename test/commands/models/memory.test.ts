import {join} from 'node:path'
import {execa} from 'execa'
import {describe, expect, test} from 'vitest'
import {makeEncoder} from '../../support/made-encoder.js'
import {onnxGraph} from '../../support/onnx-graph.js'
import {BIN, openSandbox} from '../../support/sandbox.js'

/** What a process may take in address space: the program with small models takes less than half of it. */
const LIMIT_KB = 6_000_000

/** Whether this system's shell can hold a process to a limit, and holds it. */
const isLimited = (await execa('sh', ['-c', `ulimit -v ${LIMIT_KB} && ulimit -v`], {reject: false})).stdout === String(LIMIT_KB)
const name = isLimited ? 'a process that may take 6 GB' : 'a process of limited memory (skipped: `ulimit -v` does nothing here)'

/** A picture tower of a few hundred bytes that takes eight gigabytes while it computes. */
function hungry(): Buffer {
  const {add, floats, whole, finish} = onnxGraph()
  const copies = add('Expand', [add('Reshape', ['pixel_values', whole(1, -1)]), whole(650_000, 3072)])
  const product = add('MatMul', [copies, floats([3072, 4], new Array<number>(4 * 3072).fill(0))])
  add('ReduceSum', [product, whole(0)], {keepdims: 1}, 'image_embeds')
  return finish({
    inputs: [{name: 'pixel_values', type: 'float32', shape: ['batch', 3, 32, 32]}],
    outputs: [{name: 'image_embeds', type: 'float32', shape: ['batch', 4]}],
  })
}

describe.skipIf(!isLimited)(name, () => {
  const add = async (files: Record<string, Buffer>) => {
    await using box = await openSandbox()
    const folder = await makeEncoder(join(box.root, 'mine'), {files})
    const command = `ulimit -v ${LIMIT_KB} && exec node "$@"`
    const {exitCode, stdout} = await execa('sh', ['-c', command, 'sh', BIN, 'models', 'add', folder, '--json'], {
      env: box.environment,
      reject: false,
    })
    return {exitCode, json: JSON.parse(stdout) as object}
  }

  test('is told which model needs more, and what to do', async () => {
    const {exitCode, json} = await add({'onnx/vision_model.onnx': hungry()})
    expect(exitCode).toBe(4)
    expect(json).toMatchObject({
      error: {
        code: 'OUT_OF_MEMORY',
        message: expect.stringMatching(/onnx\/vision_model\.onnx needs more memory than there is/) as string,
        hint: expect.stringContaining('a smaller model') as string,
      },
    })
  })

  test('has room for one that does not', async () => {
    expect(await add({})).toMatchObject({exitCode: 0})
  })
})
