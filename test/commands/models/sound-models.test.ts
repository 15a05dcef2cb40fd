import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {ffmpeg} from '../../support/clips.js'
import {openHub} from '../../support/hub.js'
import type {ErrorJson, FileJson} from '../../support/reports.js'
import {openSandbox, type Sandbox} from '../../support/sandbox.js'
import {CLASSIFIER_MANIFEST, makeClassifier} from '../../support/sound-model.js'

interface UseJson {
  model: string
  purpose: string | null
  queued: number
  work: {done: {listen: number}} | null
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
/** A low tone and a high one. */
const scan = async (): Promise<void> => {
  await ffmpeg('-f', 'lavfi', '-i', 'sine=frequency=600:duration=2', at('low.wav'))
  await ffmpeg('-f', 'lavfi', '-i', 'sine=frequency=3900:duration=2', at('high.wav'))
  await box.json(['scan', box.media, '--queue-only'])
  await listen()
}
const listen = async (): Promise<void> => void (await box.run(['work', '--kind', 'inspect', '--kind', 'listen']))
const heard = async (name: string): Promise<string[]> =>
  (await box.json<FileJson>(['show', at(name)])).tags.map(tag => `${tag.name} by ${tag.model ?? ''}`)
const used = async (): Promise<string[]> => {
  const {models} = await box.json<{models: {name: string; isUsed: boolean}[]}>(['models', 'list'])
  return models.filter(({isUsed}) => isUsed).map(({name}) => name)
}

describe('a classifier of sounds', () => {
  test('is used as soon as it is here, also for what was heard without it', async () => {
    await scan()
    expect(await heard('low.wav')).toEqual([])
    expect(await box.run(['models', 'add', await makeClassifier(join(box.root, 'made'))])).toMatchObject({exitCode: 0})
    await listen()
    expect(await heard('low.wav')).toEqual(['growl by pitches'])
    expect(await heard('high.wav')).toEqual(['whistle by pitches'])
    expect((await box.call(['search', '--lexical', 'whistle'])).stdout).toContain('high.wav')
    expect(await used()).toEqual(['pitches'])
  })

  test('of several the chosen one is used, and sounds are heard anew', async () => {
    await scan()
    await box.json(['models', 'add', await makeClassifier(join(box.root, 'made'))])
    const table = 'display_name,index\nRumble,0\n"Squeal, shrill",1\n'
    await box.json(['models', 'add', await makeClassifier(join(box.root, 'other'), {name: 'shrieks'}, table)])
    await listen()
    expect(await heard('high.wav')).toEqual(['whistle by pitches'])
    const report = await box.json<UseJson>(['models', 'use', 'shrieks', '--wait'])
    expect(report).toMatchObject({model: 'shrieks', purpose: 'names what is heard', queued: 2, work: {done: {listen: 2}}})
    expect(await heard('high.wav')).toEqual(['squeal by shrieks'])
    expect(await used()).toEqual(['shrieks'])
    // One that leaves takes its place to the next.
    await box.json(['models', 'remove', 'shrieks', '--yes'])
    expect(await used()).toEqual(['pitches'])
  })

  test('is pulled with its table of classes', async () => {
    const folder = await makeClassifier(join(box.root, 'made'))
    const bytes = await Promise.all(['pitches.onnx', 'class_map.csv'].map(file => readFile(join(folder, file))))
    await using hub = await openHub({'pitches.onnx': bytes[0] as Buffer, 'class_map.csv': bytes[1] as Buffer})
    const files = [{path: 'pitches.onnx'}, {path: 'class_map.csv'}]
    await mkdir(join(box.root, 'config/models'), {recursive: true})
    const entry = {...CLASSIFIER_MANIFEST, source: {repository: 'somebody/pitches', revision: 'main'}, files}
    await writeFile(join(box.root, 'config/models/pitches.json'), JSON.stringify(entry))
    expect((await box.json<ErrorJson>(['models', 'use', 'pitches'])).error).toMatchObject({
      code: 'MODEL_MISSING',
      hint: 'mediaforge models pull pitches',
    })
    expect(await box.run(['models', 'pull', 'pitches'], {env: {HF_ENDPOINT: hub.url}})).toMatchObject({exitCode: 0})
    await scan()
    expect(await heard('high.wav')).toEqual(['whistle by pitches'])
  })

  test.each([
    ['an input of another name', {input: 'samples'}, undefined, "it has no input 'samples', only waveform"],
    ['an output of another name', {output: 'scores'}, undefined, "it has no output 'scores', only output_0"],
    ['a class too few', {}, 'display_name\nGrowl\n', '2 scores a window, and there are 1 labels'],
    ['a table without names', {}, 'index,name\n0,Growl\n1,Whistle\n', "no column 'display_name'"],
    ['another rate', {sampleRateHz: 44_100}, undefined, 'sampleratehz'],
    ['a setting that does not exist', {windowSeconds: 1}, undefined, 'windowSeconds'],
  ])('with %s is refused whole', async (_, change, labels, words) => {
    const {error} = await box.json<ErrorJson>(['models', 'add', await makeClassifier(join(box.root, 'bad'), change, labels)])
    expect(error).toMatchObject({code: 'CONFIG_INVALID', exitCode: 2})
    expect(error.message.toLowerCase()).toContain(words.toLowerCase())
    expect((await readdir(join(box.dataDir, 'models')).catch(() => [])).filter(name => !name.startsWith('.'))).toEqual([])
  })

  test('that is broken on the disk is named with the command that mends it', async () => {
    await box.json(['models', 'add', await makeClassifier(join(box.root, 'made'))])
    await writeFile(join(box.dataDir, 'models/pitches/pitches.onnx'), 'no model')
    await ffmpeg('-f', 'lavfi', '-i', 'sine=frequency=600:duration=2', at('low.wav'))
    await box.json(['scan', box.media, '--queue-only'])
    const {error} = await box.json<ErrorJson>(['work', '--kind', 'inspect', '--kind', 'listen'])
    expect(error).toMatchObject({
      code: 'MODEL_INVALID',
      exitCode: 4,
      hint: expect.stringContaining('mediaforge models') as string,
    })
  })
})

test('every model of the catalogue that listens has all that its reader wants', async () => {
  const {readSoundClassifierManifest} = await import('../../../dist/adapters/sound-classifier/manifest.js')
  const folder = join(box.root, 'entry')
  await mkdir(folder)
  const entry = await readFile(join(import.meta.dirname, '../../../data/models/yamnet.json'), 'utf8')
  await writeFile(join(folder, 'model.json'), entry)
  const {files} = JSON.parse(entry) as {files: {path: string; sizeBytes: number; sha256: string}[]}
  const {file, labels, windowSamples} = await readSoundClassifierManifest(folder)
  expect(files.map(({path}) => path)).toEqual([file, labels])
  expect(files.every(({sizeBytes, sha256}) => sizeBytes > 0 && sha256.length === 64)).toBe(true)
  expect(windowSamples).toBe(15_600)
})
