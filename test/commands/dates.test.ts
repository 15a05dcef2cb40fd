import {rename, rm, utimes, writeFile} from 'node:fs/promises'
import sharp from 'sharp'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {ffmpeg} from '../support/clips.js'
import {NOTHING_DONE, type FileJson, type HitJson, type ScanJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
const scan = (): Promise<ScanJson> => box.json<ScanJson>(['scan', box.media])
const facts = async (name: string): Promise<Record<string, unknown>> =>
  (await box.json<FileJson>(['show', at(name)])).content?.facts ?? {}
const line = async (name: string): Promise<string | undefined> =>
  /^captured +(.*)$/m.exec((await box.call(['show', at(name)])).stdout)?.[1]

async function drawWithExif(name: string, exif: Record<string, string>): Promise<void> {
  await drawPicture(at('plain.jpg'), name.length)
  await sharp(at('plain.jpg')).withExif({IFD2: exif}).toFile(at(name))
  await rm(at('plain.jpg'))
}

const takeout = (parts: object): string =>
  JSON.stringify({title: 'IMG.jpg', photoTakenTime: {timestamp: '1549202706'}, geoData: {latitude: 0, longitude: 0}, ...parts})

describe('the date of a file', () => {
  test('is explained by show: from EXIF with its zone, names, folders, and the file itself', async () => {
    await drawWithExif('zone.jpg', {DateTimeOriginal: '2019:02:03 14:05:06', OffsetTimeOriginal: '+02:00'})
    await drawWithExif('dead IMG_20180102_030405.jpg', {DateTimeOriginal: '0000:00:00 00:00:00'})
    await drawPicture(at('IMG_20190203_140506.jpg'), 1)
    await drawPicture(at('IMG-20230914-WA0003.jpg'), 2)
    await drawPicture(at('2019/2019-06 Greece/beach.jpg'), 3)
    await drawPicture(at('other.jpg'), 4)
    await utimes(at('other.jpg'), 1_549_202_706, 1_549_202_706)
    await drawPicture(at('nothing.jpg'), 5)
    await utimes(at('nothing.jpg'), 0, 0)
    await scan()
    expect(await line('zone.jpg')).toBe('2019-02-03 14:05:06+02:00 (from EXIF)')
    expect(await line('dead IMG_20180102_030405.jpg')).toBe('2018-01-02 03:04:05 (from the file name)')
    expect(await line('IMG_20190203_140506.jpg')).toBe('2019-02-03 14:05:06 (from the file name)')
    expect(await line('IMG-20230914-WA0003.jpg')).toBe('2023-09-14 (from the file name)')
    expect(await line('2019/2019-06 Greece/beach.jpg')).toBe('2019-06 (from the folder name)')
    expect(await line('other.jpg')).toBe('2019-02-03 14:05:06Z (from the time of the file)')
    expect(await line('nothing.jpg')).toBeUndefined()
    const {hits} = await box.json<{hits: HitJson[]}>([
      'search',
      '--lexical',
      'beach',
      '--after',
      '2019-06',
      '--before',
      '2019-07',
    ])
    expect(hits.map(hit => hit.path)).toEqual([at('2019/2019-06 Greece/beach.jpg')])
  })

  test('of a QuickTime recording is local where Apple wrote the zone', async () => {
    const tags = ['-metadata', 'com.apple.quicktime.creationdate=2019-02-03T14:05:06+0100', '-movflags', 'use_metadata_tags']
    await ffmpeg('-f', 'lavfi', '-i', 'color=red:s=64x64:d=1', ...tags, at('clip.mov'))
    await scan()
    expect(await line('clip.mov')).toBe('2019-02-03 14:05:06+01:00 (from the recording itself)')
  })
})

describe('a sidecar of Google Takeout', () => {
  test('that comes or changes later is noticed by the next scan, without decoding anything again', async () => {
    await drawPicture(at('IMG.jpg'), 1)
    await drawPicture(at('IMG(1).jpg'), 2)
    await scan()
    await writeFile(at('IMG.jpg.supplemental-metadata.json'), takeout({geoData: {latitude: 48.2, longitude: 16.37}}))
    expect((await scan()).work?.done).toEqual({...NOTHING_DONE, inspect: 1, tag: 1})
    expect(await line('IMG.jpg')).toBe('2019-02-03 14:05:06Z (from a sidecar)')
    const {tags} = await box.json<FileJson>(['show', at('IMG.jpg')])
    expect(tags.map(tag => tag.name)).toEqual(expect.arrayContaining(['austria', 'winter']))
    expect((await facts('IMG(1).jpg')).captured).toMatchObject({source: 'mtime'})

    const words = {description: 'Grandmother bakes', people: [{name: 'Ada Lovelace'}]}
    await writeFile(at('IMG.jpg.supplemental-metadata.json'), takeout(words))
    expect((await scan()).work?.done).toMatchObject({inspect: 1, tag: 1})
    expect(await facts('IMG.jpg')).toMatchObject({description: 'Grandmother bakes', people: ['Ada Lovelace']})
    for (const query of ['bakes', 'lovelace']) {
      const {hits} = await box.json<{hits: HitJson[]}>(['search', '--lexical', query])
      expect(hits.map(hit => hit.path)).toEqual([at('IMG.jpg')])
    }

    expect((await scan()).work?.done).toEqual(NOTHING_DONE)
    await rm(at('IMG.jpg.supplemental-metadata.json'))
    await scan()
    expect(await facts('IMG.jpg')).not.toHaveProperty('description')
    expect((await facts('IMG.jpg')).captured).toMatchObject({source: 'mtime'})
  })

  test('that makes no sense changes nothing', async () => {
    await drawPicture(at('IMG_20190203_140506.jpg'), 1)
    await writeFile(at('IMG_20190203_140506.jpg.json'), '{"title":')
    const {work} = await scan()
    expect(work?.failures).toEqual([])
    expect(await line('IMG_20190203_140506.jpg')).toBe('2019-02-03 14:05:06 (from the file name)')
  })
})

test('a move keeps a date and costs no embedding and no tagging', async () => {
  await drawPicture(at('2019/2019-06 Greece/beach.jpg'), 1)
  await scan()
  await rename(at('2019/2019-06 Greece/beach.jpg'), at('beach.jpg'))
  expect((await scan()).work?.done).toEqual({...NOTHING_DONE, inspect: 1})
  expect((await facts('beach.jpg')).captured).toEqual({at: '2019-06', source: 'folder'})
})
