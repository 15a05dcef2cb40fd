import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import sharp from 'sharp'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {captionerManifest, makeCaptioner} from '../support/captioner-model.js'
import {joinShots, photo} from '../support/clips.js'
import {NOTHING_DONE, type ErrorJson, type FileJson, type HitJson, type WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'

interface DescribeJson extends WorkJson {
  model: string
  queued: number
  left: number
  files: {path: string; captions: {atMs: number; text: string; model: string}[]}[]
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
})
afterEach(() => box[Symbol.asyncDispose]())

/** A picture in a colour, with blocks by chance in it. */
const draw = async (name: string, [red, green, blue]: Colour): Promise<string> => {
  const path = join(box.media, name)
  await mkdir(box.media, {recursive: true})
  const seed = name.charCodeAt(0)
  const noise = (x: number, y: number): number => (Math.imul((x >> 3) * 31 + (y >> 3) + seed, 2_654_435_761) >>> 24) & 127
  const data = Uint8Array.from({length: 64 * 48 * 3}, (_, i) => {
    const pixel = Math.floor(i / 3)
    return ([red, green, blue][i % 3] as number) + noise(pixel % 64, Math.floor(pixel / 64))
  })
  await sharp(data, {raw: {width: 64, height: 48, channels: 3}})
    .jpeg()
    .toFile(path)
  return path
}
type Colour = [number, number, number]
const [RED, GREEN, BLUE]: [Colour, Colour, Colour] = [
  [128, 0, 0],
  [0, 128, 0],
  [0, 0, 128],
]
const add = async (kind: 'encoder' | 'decoder' = 'encoder'): Promise<void> => {
  const added = await box.run(['models', 'add', await makeCaptioner(join(box.root, kind), kind)])
  expect(added).toMatchObject({exitCode: 0})
}
/** Without vectors and tags, which take a model that is large. */
const scan = async (): Promise<void> => {
  await box.json(['scan', box.media, '--queue-only'])
  await box.json(['work', '--kind', 'inspect', '--kind', 'frames'])
}

describe('describe', () => {
  test.each(['encoder', 'decoder'] as const)(
    'a captioner with the layout of one with a model that is an %s writes what it sees',
    async kind => {
      const red = await draw('a.jpg', RED)
      const blue = await draw('b.jpg', BLUE)
      await scan()
      await add(kind)
      const report = await box.json<DescribeJson>(['describe', red, blue])
      expect(report).toMatchObject({model: 'colours', queued: 2, failures: [], done: {...NOTHING_DONE, describe: 2}})
      expect(report.files.map(({captions}) => captions)).toEqual([
        [{atMs: 0, model: 'colours', text: 'a red wall looking reddish'}],
        [{atMs: 0, model: 'colours', text: 'a blue wall looking bluish'}],
      ])
    },
  )

  test.each([
    [
      'florence2',
      'encoder',
      {size: {height: 16, width: 16}},
      {decoder_start_token_id: 2, forced_bos_token_id: 0, eos_token_id: 2},
    ],
    ['smolvlm', 'decoder', {size: {longest_edge: 64}, max_image_size: {longest_edge: 16}}, {eos_token_id: [2]}],
  ] as const)(
    'a folder of transformers.js with a model of the type %s needs no manifest',
    async (type, kind, size, generation) => {
      const path = await draw('a.jpg', GREEN)
      await scan()
      const folder = await makeCaptioner(join(box.root, 'mine'), kind)
      await rm(join(folder, 'model.json'))
      const preprocessor = {...size, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], resample: 1}
      await writeFile(join(folder, 'config.json'), JSON.stringify({model_type: type}))
      await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor))
      const {error} = await box.json<ErrorJson>(['models', 'add', folder])
      expect(error).toMatchObject({code: 'USAGE', message: expect.stringContaining('generation_config.json') as string})
      await writeFile(join(folder, 'generation_config.json'), JSON.stringify(generation))
      expect(await box.run(['models', 'add', folder])).toMatchObject({exitCode: 0})
      const {files} = await box.json<DescribeJson>(['describe', path])
      expect(files[0]?.captions).toEqual([{atMs: 0, model: 'mine', text: 'a green wall looking greenish'}])
    },
  )

  test('sentences are shown, found, exported, and written once', async () => {
    const path = await draw('img_1.jpg', GREEN)
    await scan()
    await add()
    expect(await box.run(['describe'])).toMatchObject({exitCode: 0, stdout: '1 described\n'})
    expect(await box.run(['describe'])).toMatchObject({exitCode: 0, stdout: 'everything is described already\n'})
    expect((await box.call(['describe', path])).stdout).toBe('a green wall looking greenish  (colours)\n')
    expect((await box.call(['show', path])).stdout).toMatch(/^shows +a green wall looking greenish {2}\(colours\)$/m)
    const {hits} = await box.json<{hits: HitJson[]}>(['search', '--lexical', 'greenish walls'])
    expect(hits.map(hit => hit.path)).toEqual([path])
    expect((await box.call(['export', '--json'])).stdout).toContain('"text":"a green wall looking greenish"')
    expect(await box.run(['export', '--xmp'])).toMatchObject({exitCode: 0})
    expect(await readFile(`${path}.xmp`, 'utf8')).toContain('a green wall looking greenish')
  })

  test('an exported sentence is replaced by that of a later model, and never what a person wrote', async () => {
    const path = await draw('a.jpg', BLUE)
    const sidecar = `${path}.xmp`
    await scan()
    await add()
    const other = await makeCaptioner(join(box.root, 'other'), 'encoder', {name: 'zebra', text: {...captionerManifest('encoder').text, mostTokens: 3}}) // prettier-ignore
    const exportAnd = async (): Promise<string> => {
      await box.json(['describe', path])
      await box.json(['export', '--xmp'])
      await scan()
      return readFile(sidecar, 'utf8')
    }
    expect(await exportAnd()).toContain('a blue wall looking bluish')
    // The sidecar has been read back by now.
    await box.json(['models', 'add', other])
    await box.json(['models', 'use', 'zebra'])
    const later = await exportAnd()
    expect(later).toContain('>a blue wall<')
    expect(later).not.toContain('bluish')
    await writeFile(sidecar, later.replace('>a blue wall</rdf:li>', '>the wall of our house</rdf:li>'))
    expect(await exportAnd()).toContain('>the wall of our house</rdf:li>')
    expect((await box.call(['show', path])).stdout).toMatch(/^description +the wall of our house$/m)
  })

  test('a limit takes the newest, and the next run the rest', async () => {
    for (const [name, colour] of [['a.jpg', RED], ['b.jpg', GREEN], ['c.jpg', BLUE]] as const) await draw(name, colour) // prettier-ignore
    await scan()
    await add()
    expect(await box.json(['describe', '--limit', '2'])).toMatchObject({queued: 2, done: {describe: 2}})
    expect(await box.json(['describe', '--limit', '5'])).toMatchObject({queued: 1, done: {describe: 1}})
    expect(await box.json(['describe', '--limit', '5'])).toMatchObject({queued: 0, done: {describe: 0}})
  })

  test('what another run left on the queue is gone on with, within the limit', async () => {
    for (const [name, colour] of [['a.jpg', RED], ['b.jpg', GREEN], ['c.jpg', BLUE]] as const) await draw(name, colour) // prettier-ignore
    await scan()
    await add()
    await box.json(['jobs', 'pause'])
    expect(await box.json(['describe'])).toMatchObject({queued: 3, left: 3, paused: true, done: {describe: 0}})
    await box.json(['jobs', 'resume'])
    expect(await box.json(['describe', '--limit', '1'])).toMatchObject({queued: 0, left: 2, done: {describe: 1}})
    expect(await box.json(['work', '--kind', 'describe'])).toMatchObject({done: {describe: 2}})
  })

  test('a video is described by its moments', async () => {
    const path = join(box.media, 'clip.mp4')
    await joinShots(path, [photo(await draw('red.jpg', RED), 3), photo(await draw('blue.jpg', BLUE), 3)], {size: '640:480'})
    await scan()
    await add()
    const {files} = await box.json<DescribeJson>(['describe', path])
    const captions = files[0]?.captions ?? []
    expect(captions.map(({text}) => text)).toEqual(['a red wall looking reddish', 'a blue wall looking bluish'])
    expect(captions[1]?.atMs).toBeGreaterThan(captions[0]?.atMs ?? Infinity)
    expect((await box.call(['show', path])).stdout).toContain('a blue wall looking bluish')
    const moments = captions.map(({atMs}) => `clip.mp4 at 0:0${Math.floor(atMs / 1000)}`)
    for (const [i, word] of ['reddish', 'bluish'].entries()) {
      expect((await box.call(['search', '--lexical', word, 'walls'])).stdout).toContain(moments[i])
    }
    expect(moments[0]).not.toBe(moments[1])
  })

  test('a picture that cannot be read is a row, and the others are described', async () => {
    const gone = await draw('a.jpg', RED)
    await draw('b.jpg', GREEN)
    await scan()
    await add()
    await rm(gone)
    const report = await box.json<DescribeJson>(['describe'])
    expect(report).toMatchObject({done: {describe: 1}, failures: [{path: gone, kind: 'describe', code: 'FILE_VANISHED'}]})
  })

  test('without a model it says which one to pull', async () => {
    const {error} = await box.json<ErrorJson>(['describe'])
    expect(error).toMatchObject({code: 'MODEL_MISSING', exitCode: 4, hint: 'mediaforge models pull florence-2'})
  })

  test.each([
    [
      'a prompt that has no place for the picture',
      {text: {...captionerManifest('encoder').text, prompt: 'what is it'}},
      '{picture}',
    ],
    [
      'a decoder without a cache',
      {text: {...captionerManifest('encoder').text, decoder: 'onnx/encoder_model.onnx'}},
      'encoder_model.onnx does not fit its model.json: it has no inputs past_key_values',
    ],
    [
      'a picture size that is another one',
      {image: {...captionerManifest('encoder').image, resize: {width: 32, height: 32, fit: 'fill'}}},
      'pictures would be 3 × 32 × 32',
    ],
    [
      'a path out of its folder',
      {text: {...captionerManifest('encoder').text, embed: '../embed.onnx'}},
      'a path that stays in the folder',
    ],
  ])('a model with %s is refused whole', async (_, change, words) => {
    const folder = await makeCaptioner(join(box.root, 'bad'), 'encoder', change)
    const {error} = await box.json<ErrorJson>(['models', 'add', folder])
    expect(error).toMatchObject({code: 'CONFIG_INVALID', message: expect.stringContaining(words) as string})
    expect((await box.json<{models: {name: string; isInstalled: boolean}[]}>(['models', 'list'])).models.filter(model => model.isInstalled)).toEqual([]) // prettier-ignore
  })

  test('a tokenizer that is none is refused by its name', async () => {
    const folder = await makeCaptioner(join(box.root, 'bad'), 'encoder')
    await writeFile(join(folder, 'tokenizer.json'), '{"model": 7}')
    const {error} = await box.json<ErrorJson>(['models', 'add', folder])
    expect(error).toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringContaining('tokenizer.json is no tokenizer') as string,
    })
  })

  test('of several models the one that was chosen is asked', async () => {
    const path = await draw('a.jpg', RED)
    await scan()
    await add()
    const other = await makeCaptioner(join(box.root, 'other'), 'decoder', {name: 'other'})
    expect((await box.run(['models', 'add', other])).exitCode).toBe(0)
    expect((await box.run(['models', 'use', 'other'])).exitCode).toBe(0)
    expect(await box.json<DescribeJson>(['describe', path])).toMatchObject({model: 'other'})
    expect((await box.run(['models', 'use', 'colours'])).exitCode).toBe(0)
    expect(await box.json<DescribeJson>(['describe', path])).toMatchObject({model: 'colours'})
    const {captions} = await box.json<FileJson & {captions: object[]}>(['show', path])
    expect(captions).toHaveLength(2)
  })
})
