import {readdir, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {guessManifest} from '../../../dist/adapters/models/guess.js'
import {tryModel} from '../../../dist/cli/model-trial.js'
import {encoderFiles, makeEncoder} from '../../support/made-encoder.js'
import {endlessLoop, onnxGraph} from '../../support/onnx-graph.js'
import type {ErrorJson} from '../../support/reports.js'
import {BIN, openSandbox, type Sandbox} from '../../support/sandbox.js'
import {until} from '../../support/wait.js'

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
})
afterEach(() => box[Symbol.asyncDispose]())

/** A model whose picture tower never ends. */
function makeEndless(): Promise<string> {
  const {add, floats, finish} = onnxGraph()
  const mean = add('Flatten', [add('GlobalAveragePool', ['pixel_values'])], {axis: 1})
  const start = add('MatMul', [mean, floats([3, 4], new Array<number>(12).fill(1))])
  const graph = finish({
    inputs: [{name: 'pixel_values', type: 'float32', shape: ['batch', 3, 32, 32]}],
    outputs: [{name: 'image_embeds', type: 'float32', shape: ['batch', 4]}],
  })
  const vision = Buffer.concat([graph, endlessLoop(start, 'image_embeds')])
  return makeEncoder(join(box.root, 'endless'), {files: {'onnx/vision_model.onnx': vision}})
}

/** Puts the manifest beside the files that installing would guess. */
async function describeModel(folder: string): Promise<string> {
  await writeFile(join(folder, 'model.json'), JSON.stringify(await guessManifest(folder, Object.keys(encoderFiles()), 'mine')))
  return folder
}

const {signal} = new AbortController()
const trial = (folder: string): Parameters<typeof tryModel>[0] => ({
  kind: 'dual-encoder',
  folder,
  config: {modelsDir: box.root, threads: 1},
})

test('a model that never ends is left by Ctrl-C, with nothing of it', async () => {
  const child = execa('node', [BIN, 'models', 'add', await makeEndless()], {env: box.environment, reject: false})
  const models = join(box.dataDir, 'models')
  await until('the trial', () => stat(join(models, '.staging/endless.added/model.json')).catch(() => undefined))
  await new Promise(resolve => setTimeout(resolve, 2000))
  expect(child.exitCode).toBe(null)
  const stopped = Date.now()
  child.kill('SIGINT')
  expect((await child).exitCode).toBe(130)
  expect(Date.now() - stopped).toBeLessThan(3000)
  expect((await readdir(models, {recursive: true})).filter(path => path.includes('endless'))).toEqual([])
})

test('a model that never ends is given up after a while, by its name', async () => {
  const folder = await describeModel(await makeEndless())
  await expect(tryModel(trial(folder), {signal, mostMs: 4000})).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringContaining(folder) as string,
  })
})

test('a model that works is found to, and one that is broken says why', async () => {
  const folder = await describeModel(await makeEncoder(join(box.root, 'mine')))
  await tryModel(trial(folder), {signal})
  await writeFile(join(folder, 'onnx/vision_model.onnx'), 'no graph')
  await expect(tryModel(trial(folder), {signal})).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringContaining('vision_model.onnx') as string,
    hint: expect.any(String) as string,
  })
})

test('a tokenizer of another model is told by the folder that it came from', async () => {
  const {model, ...tokenizer} = JSON.parse(String(encoderFiles()['tokenizer.json'])) as {model: object}
  const other = JSON.stringify({...tokenizer, model: {...model, vocab: {'<unk>': 0, '<pad>': 1}}})
  const folder = await makeEncoder(join(box.root, 'mine'), {files: {'tokenizer.json': other}})
  const {error} = await box.json<ErrorJson>(['models', 'add', folder])
  expect(error).toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringContaining(`to the model in ${folder}, `) as string,
    hint: expect.stringContaining('tokenizer') as string,
  })
  expect(await readdir(join(box.dataDir, 'models'))).not.toContain('mine')
})
