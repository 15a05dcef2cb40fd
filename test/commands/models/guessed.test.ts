import {mkdir, readdir, symlink, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import sharp from 'sharp'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {encoderFiles, makeEncoder, type Precision} from '../../support/made-encoder.js'
import {externalWeight, onnxGraph} from '../../support/onnx-graph.js'
import type {ErrorJson, HitJson, TagJson} from '../../support/reports.js'
import {openSandbox, type Sandbox} from '../../support/sandbox.js'

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
})
afterEach(() => box[Symbol.asyncDispose]())

const COLOURS = {red: '#e01010', green: '#10e010', blue: '#1010e0'}

const drawColours = async (): Promise<void> => {
  for (const [i, background] of Object.values(COLOURS).entries()) {
    const picture = sharp({create: {width: 90, height: 60, channels: 3, background}})
    await picture.jpeg().toFile(join(box.media, `img_${i}.jpg`))
  }
}

test.each([
  ['clip', 'MODEL_MISSING', 'mediaforge models pull clip'],
  ['florence-2', 'MODEL_MISSING', 'mediaforge models pull florence-2'],
])('`models use %s` says what to do where it cannot be', async (name, code, hint) => {
  expect((await box.json<ErrorJson>(['models', 'use', name])).error).toMatchObject({code, hint})
})

describe('a folder as transformers.js has it', () => {
  test.each(['float32', 'float16', 'int8'] satisfies Precision[])('is added and searched with, in %s', async precision => {
    await drawColours()
    await box.json(['scan', box.media, '--queue-only'])
    await box.json(['work', '--kind', 'inspect'])
    const added = await box.json<{model: {manifest: {name: string; unverified: string}}}>([
      ...['models', 'add', await makeEncoder(join(box.root, 'my-clip'), {precision})],
    ])
    expect(added.model.manifest).toMatchObject({name: 'my-clip', unverified: expect.stringContaining('guessed') as string})
    expect((await box.call(['models', 'list'])).stdout).toMatch(/^my-clip +here +dual-encoder/m)
    expect(await box.json(['models', 'use', 'my-clip', '--wait'])).toMatchObject({work: {done: {embed: 3}, failures: []}})
    for (const [i, colour] of Object.keys(COLOURS).entries()) {
      const {hits} = await box.json<{hits: HitJson[]}>(['search', '--semantic', `A photo of the ${colour}`])
      expect(hits[0]?.path).toBe(join(box.media, `img_${i}.jpg`))
    }
  })

  test('tags by labels of a person, too', async () => {
    await drawColours()
    await box.json(['scan', box.media, '--queue-only'])
    await box.json(['work', '--kind', 'inspect'])
    await mkdir(join(box.root, 'config/vocabulary'), {recursive: true})
    await writeFile(join(box.root, 'config/vocabulary/paints.txt'), '[paint]\nred red red, green green green\n')
    await box.json(['models', 'add', await makeEncoder(join(box.root, 'my-clip'))])
    await box.json(['models', 'use', 'my-clip', '--queue-only'])
    expect(await box.run(['tag', '--min-confidence', '0'])).toMatchObject({exitCode: 0})
    const {tags} = await box.json<{tags: TagJson[]}>(['tag', 'show', join(box.media, 'img_0.jpg')])
    expect(tags.map(({name}) => name)).toEqual(expect.arrayContaining(['red red red', 'paint']))
  })

  /** A picture tower of a few hundred bytes that wants a hundred terabytes while it computes. */
  const hungry = (): Buffer => {
    const {add, floats, whole, finish} = onnxGraph()
    const copies = add('Expand', [add('Reshape', ['pixel_values', whole(1, -1)]), whole(1e10, 3072)])
    const product = add('MatMul', [copies, floats([3072, 4], new Array<number>(4 * 3072).fill(0))])
    add('ReduceSum', [product, whole(0)], {keepdims: 1}, 'image_embeds')
    return finish({
      inputs: [{name: 'pixel_values', type: 'float32', shape: ['batch', 3, 32, 32]}],
      outputs: [{name: 'image_embeds', type: 'float32', shape: ['batch', 4]}],
    })
  }

  /** A picture tower that has its weights in another file, by its path as seen from the tower. */
  const withWeightsAt = (location: string): Buffer => {
    const {add, finish} = onnxGraph()
    add('MatMul', [add('Flatten', [add('GlobalAveragePool', ['pixel_values'])], {axis: 1}), 'outside'], undefined, 'image_embeds')
    const graph = finish({
      inputs: [{name: 'pixel_values', type: 'float32', shape: ['batch', 3, 32, 32]}],
      outputs: [{name: 'image_embeds', type: 'float32', shape: ['batch', 4]}],
    })
    return Buffer.concat([graph, externalWeight('outside', [3, 4], location)])
  }

  const VISION = 'onnx/vision_model.onnx'
  const whole = encoderFiles()[VISION] as Buffer
  const manifest = (change: object = {}, image: object = {}, text: object = {}): string =>
    JSON.stringify({
      name: 'mine',
      dimension: 4,
      scale: {picture: {least: 0, sure: 1}, text: {least: 0, sure: 1}},
      image: {
        file: VISION,
        input: 'pixel_values',
        output: 'image_embeds',
        layout: 'nchw',
        resize: {width: 32, height: 32, fit: 'fill'},
        mean: [127.5, 127.5, 127.5],
        deviation: [127.5, 127.5, 127.5],
        ...image,
      },
      text: {
        file: 'onnx/text_model.onnx',
        ids: 'input_ids',
        output: 'text_embeds',
        tokenizer: {kind: 'tokenizer.json', file: 'tokenizer.json'},
        ...text,
      },
      ...change,
    })

  test('whose manifest is right is taken', async () => {
    const folder = await makeEncoder(join(box.root, 'it'), {files: {'model.json': manifest()}})
    expect(await box.run(['models', 'add', folder])).toMatchObject({exitCode: 0})
  })

  test.each<[string, Record<string, string | Buffer | null>, string, string]>([
    ['that is cut off in the middle', {[VISION]: whole.subarray(0, whole.length / 2)}, 'MODEL_INVALID', 'vision_model.onnx'],
    ['that computes more than fits into memory', {[VISION]: hungry()}, 'OUT_OF_MEMORY', 'vision_model.onnx needs more memory'],
    [
      'whose weights lie outside of its folder',
      {[VISION]: withWeightsAt('../../../outside')},
      'MODEL_INVALID',
      'escapes model directory',
    ],
    ['whose weights are any file there is', {[VISION]: withWeightsAt('/etc/passwd')}, 'MODEL_INVALID', 'vision_model.onnx'],
    ['without a text side', {'onnx/text_model.onnx': null}, 'USAGE', 'text_model.onnx'],
    ['of another kind', {'config.json': '{"model_type": "bert"}'}, 'USAGE', "'bert'"],
    ['with a broken config', {'config.json': '{'}, 'USAGE', 'config.json'],
    ['whose tokenizer is no JSON', {'tokenizer.json': 'PK\u0003\u0004'}, 'USAGE', 'tokenizer.json'],
    [
      'whose tokenizer is of an unknown kind',
      {'tokenizer.json': '{"model": {"type": "Magic"}}'},
      'MODEL_MISSING',
      'tokenizer.json',
    ],
    [
      'whose tokenizer is nested without end',
      {'tokenizer.json': `${'['.repeat(200_000)}${']'.repeat(200_000)}`},
      'MODEL_MISSING',
      'tokenizer.json',
    ],
    [
      'with an output that is not there',
      {'model.json': manifest({}, {output: 'pooled'})},
      'CONFIG_INVALID',
      "no output 'pooled', only image_embeds",
    ],
    [
      'with an input that is not there',
      {'model.json': manifest({}, {}, {ids: 'tokens'})},
      'CONFIG_INVALID',
      "no input 'tokens', only input_ids",
    ],
    ['with another dimension', {'model.json': manifest({dimension: 512})}, 'CONFIG_INVALID', '512 numbers a vector'],
    [
      'with another picture size',
      {'model.json': manifest({}, {resize: {width: 48, height: 48, fit: 'fill'}})},
      'CONFIG_INVALID',
      '3 × 48 × 48',
    ],
    [
      'that leads out of its folder',
      {'model.json': manifest({}, {file: '../../secret.onnx'})},
      'CONFIG_INVALID',
      'stays in the folder',
    ],
    [
      'whose files lead out of it',
      {'model.json': manifest({files: [{path: '../x.onnx'}]})},
      'CONFIG_INVALID',
      'stays in the folder',
    ],
    ['whose name leads out of it', {'model.json': manifest({name: '../x'})}, 'CONFIG_INVALID', 'name'],
    ['that names what is not there', {'model.json': manifest({files: [{path: 'gone.onnx'}]})}, 'USAGE', 'gone.onnx'],
    ['whose manifest is enormous', {'model.json': ' '.repeat(1_000_001)}, 'CONFIG_INVALID', 'it has 1000001 bytes'],
    ['whose manifest is a list', {'model.json': '[]'}, 'CONFIG_INVALID', 'model.json'],
  ])('%s is refused whole, by the name of the file', async (_, files, code, words) => {
    const {error} = await box.json<ErrorJson>(['models', 'add', await makeEncoder(join(box.root, 'it'), {files})])
    expect(error).toMatchObject({code, message: expect.stringContaining(words) as string})
    const left = await readdir(join(box.dataDir, 'models'), {recursive: true}).catch(() => [])
    expect(left.filter(path => !path.startsWith('.'))).toEqual([])
    expect(left.filter(path => path.includes('.added'))).toEqual([])
  })

  test('whose weights are larger than memory is refused before they are read, and one that is larger than the disk before it is copied', async () => {
    const folder = await makeEncoder(join(box.root, 'it'), {files: {[`${VISION}_data`]: ''}})
    await truncate(join(folder, `${VISION}_data`), 1e12)
    const refused = await box.json<ErrorJson>(['models', 'add', folder])
    expect(refused.error).toMatchObject({
      code: 'OUT_OF_MEMORY',
      exitCode: 4,
      message: expect.stringMatching(/vision_model\.onnx needs about 1\.2 TB of memory/) as string,
      hint: expect.stringContaining('a smaller model') as string,
    })
    await writeFile(join(folder, 'model.json'), manifest())
    const {error} = await box.json<ErrorJson>(['models', 'add', folder])
    expect(error).toMatchObject({code: 'DISK_FULL', message: expect.stringContaining('the model needs 1.0 TB more') as string})
    expect(await readdir(join(box.dataDir, 'models/.staging'))).toEqual([])
  })

  test('is not followed out of by a folder that is a link', async () => {
    const folder = await makeEncoder(join(box.root, 'it'))
    await symlink('/etc', join(folder, 'more'))
    const {error} = await box.json<ErrorJson>(['models', 'add', folder])
    expect(error).toMatchObject({code: 'USAGE', message: expect.stringContaining('more is a link') as string})
  })

  test.each<[string, string | Buffer | null, string]>([
    ['bytes that are no text', Buffer.from([0x61, 0, 0xff, 0xfe]), 'is no text'],
    ['a heading that does not end', 'dog\n[animals\ncat\n', ':2: '],
    ['a folder in the place of a file', null, 'cannot be read'],
  ])('own labels with %s are refused by the name of the file', async (_, bytes, words) => {
    const path = join(box.root, 'config/vocabulary/own.txt')
    await mkdir(bytes === null ? path : join(path, '..'), {recursive: true})
    if (bytes !== null) await writeFile(path, bytes)
    await drawColours()
    await box.json(['scan', box.media, '--queue-only'])
    await box.json(['work', '--kind', 'inspect'])
    await box.json(['models', 'add', await makeEncoder(join(box.root, 'my-clip'))])
    await box.json(['models', 'use', 'my-clip', '--queue-only'])
    const {error} = await box.json<ErrorJson>(['tag'])
    expect(error).toMatchObject({code: 'CONFIG_INVALID', exitCode: 2, message: expect.stringContaining(`own.txt`) as string})
    expect(error.message).toContain(words)
  })
})
