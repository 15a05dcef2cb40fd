import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {withAppleNote} from '../support/apple-note.js'
import {ffmpeg} from '../support/clips.js'
import {describeWithFixtures} from '../support/fixtures.js'
import type {FileJson, HitJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures, drawPicture} from '../support/scene.js'

interface HitWithParts extends HitJson {
  parts: {path: string; kind: string}[]
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
async function search(...args: string[]): Promise<HitWithParts[]> {
  return (await box.json<{hits: HitWithParts[]}>(['search', '--lexical', ...args])).hits
}
const belongings = async (name: string): Promise<string[]> =>
  (await box.json<FileJson & {parts: string[]}>(['show', at(name)])).parts

async function record(name: string, seconds: number, ...options: string[]): Promise<void> {
  await ffmpeg('-f', 'lavfi', '-i', `color=red:s=64x64:d=${seconds}`, ...options, at(name))
}

test('a live photo is one hit with its parts, and show lists them', async () => {
  await drawPicture(at('harbour.jpg'), 1)
  await record('harbour.mov', 2)
  await drawPicture(at('harbour tower.jpg'), 2)
  await box.json(['scan', box.media])
  const hits = await search('harbour')
  expect(hits.map(({path, parts}) => [path, parts])).toEqual(
    expect.arrayContaining([
      [at('harbour.jpg'), [{path: at('harbour.mov'), kind: 'video'}]],
      [at('harbour tower.jpg'), []],
    ]),
  )
  expect(hits).toHaveLength(2)
  expect((await box.call(['search', '--lexical', 'harbour'])).stdout).toContain('harbour.jpg +mov')
  expect(await belongings('harbour.mov')).toEqual([at('harbour.jpg')])
  expect((await box.call(['show', at('harbour.jpg')])).stdout).toMatch(/belongs with +.*harbour\.mov/)
  // Whoever asks for videos means the moving half.
  expect((await search('harbour', '--type', 'video')).map(hit => hit.path)).toEqual([at('harbour.mov')])
  expect(await search('harbour', '--limit', '2')).toHaveLength(2)
})

async function photograph(name: string, number: number, ids: {burstId?: string; livePhotoId?: string}): Promise<void> {
  await drawPicture(at(name), number)
  await writeFile(at(name), withAppleNote(await readFile(at(name)), ids))
}

const ID = '4B1D2D9A-6F2C-4C51-9D0E-0B1A2C3D4E5F'

test('both halves of a live photo are known by their id, wherever they are', async () => {
  await photograph('harbour.jpg', 1, {livePhotoId: ID})
  await drawPicture(at('moving/harbour of another day.jpg'), 2)
  await mkdir(at('moving'), {recursive: true})
  const identifier = `com.apple.quicktime.content.identifier=${ID}`
  await record('moving/harbour of another day.mov', 2, '-movflags', 'use_metadata_tags', '-metadata', identifier)
  await box.json(['scan', box.media])
  const hits = await search('harbour', '--type', 'photo')
  expect(Object.fromEntries(hits.map(({path, parts}) => [path, parts.map(part => part.path)]))).toEqual({
    [at('harbour.jpg')]: [at('moving/harbour of another day.mov')],
    [at('moving/harbour of another day.jpg')]: [],
  })
  expect(await belongings('moving/harbour of another day.mov')).toEqual([at('harbour.jpg')])
})

test('a burst is one hit, and show lists its pictures', async () => {
  for (const n of [1, 2, 3]) await photograph(`regatta ${n}.jpg`, n, {burstId: ID})
  await photograph('regatta 4.jpg', 4, {burstId: ID.replace('4', '5')})
  for (const n of [1, 2]) await drawPicture(at(`IMG_20190203_140506_BURST00${n}${n === 2 ? '_COVER' : ''}.jpg`), 10 + n)
  await box.json(['scan', box.media])
  const hits = await search('regatta')
  expect(hits.map(({path, parts}) => [path, parts.length]).sort()).toEqual([
    [at('regatta 1.jpg'), 2],
    [at('regatta 4.jpg'), 0],
  ])
  expect((await box.call(['search', '--lexical', 'regatta'])).stdout).toContain('regatta 1.jpg +2 jpg')
  expect(await belongings('regatta 3.jpg')).toEqual([at('regatta 1.jpg'), at('regatta 2.jpg')])
  expect(await belongings('IMG_20190203_140506_BURST001.jpg')).toEqual([at('IMG_20190203_140506_BURST002_COVER.jpg')])
})

describeWithFixtures('a raw file', fixtures => {
  test('is part of the picture that was made from it', async () => {
    await copyFixtures(fixtures, box.media, {'DSC_harbour.nef': 'formats/Issue 247-1.nef'})
    await drawPicture(at('DSC_harbour.jpg'), 1)
    await box.json(['scan', box.media])
    const hits = await search('harbour')
    expect(hits.map(({path, parts}) => [path, parts])).toEqual([
      [at('DSC_harbour.jpg'), [{path: at('DSC_harbour.nef'), kind: 'photo'}]],
    ])
    expect(await belongings('DSC_harbour.jpg')).toEqual([at('DSC_harbour.nef')])
  })
})
