import {mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import sharp from 'sharp'
import {addTags, removeTags} from '../../../dist/services/tags.js'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {describeWithFixtures} from '../../support/fixtures.js'
import {openLibraryOf} from '../../support/library.js'
import {encoderFiles, makeEncoder} from '../../support/made-encoder.js'
import type {ErrorJson, HitJson, TagJson} from '../../support/reports.js'
import {openSandbox, type Sandbox} from '../../support/sandbox.js'
import {copyFixtures} from '../../support/scene.js'
import {until} from '../../support/wait.js'
import {startWatch} from '../../support/watching.js'

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
})
afterEach(() => box[Symbol.asyncDispose]())

const left = async (): Promise<string[]> =>
  (await readdir(join(box.dataDir, 'models'), {recursive: true}).catch(() => [])).filter(path => !path.startsWith('.'))
const use = (name: string, ...flags: string[]): Promise<unknown> => box.json(['models', 'use', name, ...flags])

async function drawPlain(name: string, background: string): Promise<string> {
  const path = join(box.media, name)
  await sharp({create: {width: 48, height: 48, channels: 3, background}})
    .png()
    .toFile(path)
  return path
}

describeWithFixtures("a person's own model", fixtures => {
  test('is added, used beside the old one, and removed with what it knew', async () => {
    await copyFixtures(fixtures, box.media, {'a.jpg': 'labelled-photos/000000022192.jpg'})
    box.environment.MEDIAFORGE_VECTOR_INDEX = 'hnsw'
    await box.json(['scan', box.media])
    await using library = await openLibraryOf(box)
    const indexes = join(box.root, 'cache/indexes')
    const kept = async (): Promise<string[]> => (await readdir(indexes)).filter(name => name.endsWith('.hnsw'))
    // As an earlier version named it.
    const old = `${await library.id()}.starter-1.picture-frame.hnsw`
    await writeFile(join(indexes, old), '')
    await box.json(['models', 'add', await makeEncoder(join(box.root, 'mine'))])
    const report = {queued: 1, meanwhile: 'starter-1'}
    expect(await use('mine', '--queue-only')).toMatchObject(report)
    expect((await box.json<{hits: HitJson[]}>(['search', 'a dog', '--semantic'])).hits).toHaveLength(1)
    expect(await use('mine', '--wait')).toMatchObject(report)
    expect(await kept()).not.toContain(old)
    expect((await kept()).filter(name => name.includes('.mine-'))).toHaveLength(1)
    expect((await box.json<ErrorJson>(['models', 'remove', 'mine', '--yes'])).error).toMatchObject({code: 'USAGE'})
    await use('starter', '--queue-only')
    expect((await box.call(['models', 'remove', 'mine', '--dry-run'])).stdout).toMatch(/on the disk, and 1 vector of 1 content/)
    expect(await left()).not.toEqual([])
    expect(await box.json(['models', 'remove', 'mine', '--yes'])).toMatchObject({removed: true})
    expect(await left()).toEqual([])
    expect((await kept()).map(name => name.split('.')[1])).toEqual(['starter-1'])
  })
})

test('is taken up by a watch that runs already', async () => {
  await drawPlain('red.png', '#e01010')
  await box.json(['models', 'add', await makeEncoder(join(box.root, 'mine'))])
  const watch = startWatch(box, [box.media])
  await watch.told('job.done', {kind: 'tag'})
  const {space} = (await use('mine', '--queue-only')) as {space: string}
  await drawPlain('blue.png', '#1010e0')
  await using library = await openLibraryOf(box)
  const covered = async () => (await library.spaces()).find(other => other.space === space && other.contents === 2)
  await until('both pictures in the new space', covered)
  expect(await watch.stop('SIGTERM')).toMatchObject({exitCode: 0})
})

test('another model of the same name has a space of its own, the same one again keeps its own, and what it left behind can be dropped', async () => {
  await drawPlain('red.png', '#e01010')
  await box.json(['models', 'add', await makeEncoder(join(box.root, 'mine'))])
  const first = (await use('mine', '--queue-only')) as {space: string}
  await box.json(['scan', box.media])
  await box.json(['models', 'add', join(box.root, 'mine')])
  expect(await use('mine', '--queue-only')).toMatchObject({space: first.space, queued: 0})
  await box.json(['models', 'add', await makeEncoder(join(box.root, 'other'), {precision: 'int8'}), '--name', 'mine'])
  const second = (await use('mine', '--wait')) as {space: string; queued: number}
  expect(second.queued).toBe(1)
  expect(second.space).not.toBe(first.space)
  await using library = await openLibraryOf(box)
  const spaces = async (): Promise<string[]> => (await library.spaces()).map(({space}) => space).sort()
  expect(await spaces()).toEqual([first.space, second.space].sort())
  const left = `2 vectors of 1 content in the library (space ${first.space})`
  expect((await box.call(['models', 'list'])).stdout).toContain(
    `${left}, which no model here can be asked about; models remove --space ${first.space} drops them`,
  )
  const drop = async (space: string, ...flags: string[]) => box.run(['models', 'remove', '--space', space, ...flags])
  expect(await drop(second.space, '--yes')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('mine, which is here') as string,
  })
  expect(await drop('nobody', '--yes')).toMatchObject({exitCode: 2, stderr: expect.stringContaining('no vectors of') as string})
  expect(await drop(first.space, '--dry-run')).toMatchObject({exitCode: 0, stdout: `${left}\n`})
  expect(await spaces()).toContain(first.space)
  expect((await drop(first.space, '--yes')).exitCode).toBe(0)
  expect(await spaces()).toEqual([second.space])
  expect((await box.call(['models', 'list'])).stdout).not.toContain('no model here can be asked about')
})

test('what is left of a model whose adding was killed goes with the next one', async () => {
  const leftover = join(box.dataDir, 'models/.staging/mine.added/onnx')
  await mkdir(leftover, {recursive: true})
  await writeFile(join(leftover, 'half.onnx'), 'x')
  expect(await box.run(['models', 'add', await makeEncoder(join(box.root, 'mine'))])).toMatchObject({exitCode: 0})
  expect(await left()).not.toContain('mine/onnx/half.onnx')
  expect(await readdir(join(box.dataDir, 'models/.staging'))).toEqual([])
})

test('made of links, archives or programs is refused by the name of the file', async () => {
  const fail = async (folder: string): Promise<ErrorJson['error']> => (await box.json<ErrorJson>(['models', 'add', folder])).error
  const linked = await makeEncoder(join(box.root, 'linked'))
  await symlink('/etc/hostname', join(linked, 'extra.json'))
  expect(await fail(linked)).toMatchObject({code: 'USAGE', message: expect.stringContaining('extra.json is a link') as string})
  for (const [file, words] of [
    ['model.zip', 'unpack'],
    ['weights.pkl', 'ONNX'],
    ['setup.py', 'ONNX'],
  ] as const) {
    const folder = join(box.root, file.replace('.', '-'))
    await mkdir(folder)
    await writeFile(join(folder, file), 'x')
    expect(await fail(folder)).toMatchObject({code: 'USAGE', hint: expect.stringContaining(words) as string})
  }
  expect(await left()).toEqual([])
})

describe('models calibrate', () => {
  const RED = 24
  /** Red pictures, of which people called every other one a red thing, and blue ones. */
  async function drawLabelled(): Promise<string> {
    const folder = join(box.root, 'media')
    const labels = []
    for (let i = 0; i < 2 * RED; i++) {
      await drawPlain(`${i}.png`, i < RED ? `rgb(${200 + i}, 10, 10)` : `rgb(10, 10, ${200 + i - RED})`)
      labels.push({file: `${i}.png`, objects: i < RED && i % 2 === 0 ? ['red'] : i >= RED ? ['blue'] : []})
    }
    await writeFile(join(folder, 'labels.json'), JSON.stringify(labels))
    return folder
  }

  const confidence = async (name: string): Promise<number | undefined> => {
    const {tags} = await box.json<{tags: TagJson[]}>(['tag', 'show', join(box.media, '0.png')])
    return tags.find(tag => tag.name === name)?.confidence
  }

  /** What a person says of some other pictures, and how the rest are tagged by it. */
  async function answer(say: typeof addTags | typeof removeTags, numbers: number[]): Promise<void> {
    await using library = await openLibraryOf(box)
    for (const i of numbers) await say({library}, join(box.media, `${i}.png`), ['red'])
    await box.json(['tag', '--again'])
  }

  test('has tags say what they are worth, and answers to single pictures refine it, as long as the model stays the same', async () => {
    const folder = await drawLabelled()
    await mkdir(join(box.root, 'config/vocabulary'), {recursive: true})
    await writeFile(join(box.root, 'config/vocabulary/colours.txt'), 'red, blue\n')
    await box.json(['models', 'add', await makeEncoder(join(box.root, 'mine'))])
    await use('mine', '--queue-only')
    await box.json(['scan', box.media])
    await box.json(['tag', '--min-confidence', '0.2'])
    // It shares what is red with every other label that has the word.
    expect(await confidence('red')).toBeLessThan(0.3)
    const report = await box.json<{judgements: number; error: number}>(['models', 'calibrate', 'mine', folder])
    expect(report).toMatchObject({model: 'mine', pictures: 2 * RED, judgements: 4 * RED})
    expect(report.error).toBeLessThan(0.2)
    await box.json(['tag'])
    expect(await confidence('red')).toBeCloseTo(0.5, 1)
    await answer(removeTags, [1, 3, 5])
    expect(await confidence('red')).toBeLessThan(0.4)
    await answer(addTags, [1, 3, 5, 7, 9, 11, 13])
    expect(await confidence('red')).toBeGreaterThan(0.6)
    await box.json(['models', 'add', join(box.root, 'mine')])
    const kept = JSON.parse(await readFile(join(box.dataDir, 'models/mine/model.json'), 'utf8')) as object
    expect(kept).toHaveProperty('calibration.points')
    expect((await box.run(['models', 'verify'])).exitCode).toBe(0)
  })

  test.each([
    ['too few pictures', [{file: '0.png', objects: ['red']}], 'USAGE', 'too few'],
    ['a file that is no picture', [{file: 'labels.json', objects: ['red']}], 'USAGE', 'labels.json is no picture'],
    ['a picture that is not there', [{file: 'gone.png', objects: ['red']}], 'USAGE', 'gone.png'],
  ])('says what is wrong with %s', async (_, labels, code, words) => {
    await drawPlain('0.png', '#e01010')
    await writeFile(join(box.media, 'labels.json'), JSON.stringify(labels))
    await box.json(['models', 'add', await makeEncoder(join(box.root, 'mine'), {files: encoderFiles()})])
    const {error} = await box.json<ErrorJson>(['models', 'calibrate', 'mine', box.media])
    expect(error).toMatchObject({code, message: expect.stringContaining(words) as string})
  })
})
