import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openSandbox, type Sandbox} from '../support/sandbox.js'

interface Report {
  folder: string
  samples: {path: string; kind: string; shows: string}[]
  roots: {files: number; added: number; unchanged: number; problems: unknown[]}[]
  work: {done: Record<string, number>; failures: unknown[]}
  searches: {request: {text: string; mode: string}; hits: {path: string; atMs: number | null; matchedTags: string[]}[]}[]
}

interface Found {
  hits: {path: string; capturedAt: string | null; tags: {name: string; confidence: number; source: string}[]}[]
}

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox[Symbol.asyncDispose]())

describe('the first demo', () => {
  let report: Report
  let mine: unknown
  beforeAll(async () => {
    await writeFile(join(sandbox.media, 'notes.txt'), 'mine')
    await sandbox.json(['scan', sandbox.media, '--queue-only'])
    mine = await sandbox.json(['stats'])
    report = await sandbox.json<Report>(['demo'])
  })

  const first = (text: string): string =>
    basename(report.searches.find(({request}) => request.text === text)?.hits[0]?.path ?? '')

  test('leaves the own library and its cache alone', async () => {
    expect(await sandbox.json(['stats'])).toEqual(mine)
    expect(mine).toMatchObject({roots: 1})
    expect(existsSync(sandbox.environment.MEDIAFORGE_CACHE_DIR ?? '')).toBe(false)
  })

  test('makes samples of every kind beside the library, and takes in all of them', () => {
    expect(report.folder).toBe(join(sandbox.dataDir, 'demo'))
    const kinds = report.samples.map(sample => sample.kind)
    expect(kinds.filter(kind => kind === 'photo').length).toBeGreaterThanOrEqual(8)
    expect(kinds).toEqual(expect.arrayContaining(['photo', 'video', 'audio']))
    expect(report.roots).toMatchObject([{files: kinds.length, added: kinds.length, problems: []}])
    expect(report.work).toMatchObject({done: {inspect: kinds.length, tag: kinds.length}, failures: []})
  })

  test('finds by what is seen, by when, by kind and by words', () => {
    expect(first('stop sign')).toBe('IMG_0041.jpg')
    expect(first('what time is it')).toBe('IMG_0107.jpg')
    expect(first('aircraft')).toBe('VID_0012.mp4')
    expect(first('clock')).toBe('IMG-20230914-WA0003.webp')
    expect(first('bells')).toBe('track01.flac')
    expect(report.searches.find(({request}) => request.text === 'aircraft')?.hits[0]?.atMs).toBeGreaterThan(0)
  })

  test.each([
    ['stop sign', 'IMG_0041.jpg'],
    ['clock', 'IMG_0107.jpg'],
    ['orange', 'IMG_0253.jpg'],
    ['kite', 'IMG_0388.jpg'],
    ['umbrella', 'IMG_0412.jpg'],
    ['traffic light', 'IMG_0570.jpg'],
    ['laptop', 'IMG-20230914-WA0003.webp'],
    ['vase', 'IMG_0731.png'],
    ['airplane', 'VID_0012.mp4'],
  ])('the detector sees the %s of %s', async (tag, name) => {
    const {hits} = await sandbox.json<Found>([
      'search',
      tag,
      '--lexical',
      '--tag',
      tag,
      '--data-dir',
      join(report.folder, 'data'),
    ])
    const hit = hits.find(({path}) => basename(path) === name)
    expect(hit?.tags).toContainEqual(expect.objectContaining({name: tag, source: 'detector'}))
  })

  test('the samples say when and where', async () => {
    const {hits} = await sandbox.json<Found>(['search', 'stop sign', '--data-dir', join(report.folder, 'data')])
    expect(hits[0]?.capturedAt).toBe('2019-07-06T11:20:00')
    expect(hits[0]?.tags.map(tag => tag.name)).toEqual(expect.arrayContaining(['united states of america', 'summer']))
  })

  test('the second one finds nothing changed, and says to people what to type', async () => {
    const before = await stat(join(report.folder, 'media/IMG_0041.jpg'))
    const {exitCode, stdout, stderr} = await sandbox.run(['demo'])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toContain('8 pictures, 1 video, 2 sounds in data/demo/media')
    expect(stdout).toContain('11 files, 0 new, 0 changed, 11 unchanged')
    expect(stdout).toMatch(/\$ npx mediaforge search "stop sign"\n.*IMG_0041\.jpg.*\*stop sign/)
    expect(stdout).toContain('npx mediaforge scan ~/Pictures')
    expect((await stat(join(report.folder, 'media/IMG_0041.jpg'))).mtimeMs).toBe(before.mtimeMs)
  })

  test('makes again what was deleted', async () => {
    const gone = join(report.folder, 'media/track02.m4a')
    await rm(gone)
    expect((await sandbox.call(['demo'])).exitCode).toBe(0)
    expect(existsSync(gone)).toBe(true)
  })
})

test('a folder of someone else is refused and left as it is', async () => {
  const folder = join(sandbox.root, 'my photos')
  await mkdir(folder)
  await writeFile(join(folder, 'mine.txt'), 'mine')
  const {exitCode, stdout, stderr} = await sandbox.run(['demo', '--folder', folder])
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('no demo made it')
  expect(await readdir(folder)).toEqual(['mine.txt'])
  expect(await readFile(join(folder, 'mine.txt'), 'utf8')).toBe('mine')
})

test('a folder that cannot be made is an error of the command line', async () => {
  const file = join(sandbox.root, 'file')
  await writeFile(file, '')
  expect(await sandbox.json(['demo', '--folder', join(file, 'demo')])).toMatchObject({error: {code: 'USAGE', exitCode: 2}})
})

test('goes where it is told, even where the path needs quoting', async () => {
  await using other = await openSandbox({model: 'colours'})
  const folder = join(other.root, "it's here")
  const {exitCode, stdout} = await other.run(['demo', '--folder', folder, '--quiet'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain(`rm -r '${folder.replace("'", "'\\''")}'`)
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['MADE-BY-MEDIAFORGE-DEMO.txt', 'data', 'media']))
})

test('without ffmpeg it says what is missing', async () => {
  const env = {MEDIAFORGE_FFMPEG: join(sandbox.root, 'no-ffmpeg')}
  const {exitCode, stderr} = await sandbox.run(['demo', '--folder', join(sandbox.root, 'without')], {env})
  expect(exitCode).toBe(4)
  expect(stderr).toContain('no-ffmpeg')
})
