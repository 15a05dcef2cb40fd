import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {describeWithFixtures} from '../support/fixtures.js'
import {NOTHING_DONE, type FileJson, type ScanJson} from '../support/reports.js'
import {BIN, openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures, drawPicture} from '../support/scene.js'
import {seenOf} from '../support/seen.js'
import {until} from '../support/wait.js'

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
const scan = (...args: string[]): Promise<ScanJson> => box.json<ScanJson>(['scan', box.media, ...args])
const show = (name: string): Promise<FileJson> => box.json<FileJson>(['show', at(name)])

describe('being stopped', () => {
  const NAMES = Array.from({length: 12}, (_, i) => `${i}.jpg`)

  async function drawAll(): Promise<void> {
    for (const [i, name] of NAMES.entries()) await drawPicture(at(name), i)
  }

  /** A scan that is on its way: some files are done, most are not. */
  function startedScan() {
    const child = execa('node', [BIN, 'scan', box.media], {env: box.environment, reject: false})
    const someDone = (): Promise<true> =>
      until('some files done', async () => {
        const {counts} = await box.json<{counts: Record<string, {queued: number; running: number}>}>(['jobs'])
        const {queued = 0, running = 0} = counts.embed ?? {}
        return queued + running > 0 || child.exitCode !== null ? true : undefined
      })
    return {child, someDone}
  }

  test('by Ctrl-C ends with 130, and the next scan goes on to the same library', async () => {
    await drawAll()
    const {child, someDone} = startedScan()
    await someDone()
    child.kill('SIGINT')
    expect((await child).exitCode).toBe(130)
    await scan()
    const interrupted = await seenOf(box, NAMES.map(at))
    await rm(box.dataDir, {recursive: true})
    await scan()
    expect(interrupted).toEqual(await seenOf(box, NAMES.map(at)))
  })
})

describeWithFixtures('real media', fixtures => {
  test('of every kind are inspected, cut, embedded and tagged', async () => {
    await copyFixtures(fixtures, box.media, {
      'dog.jpg': 'labelled-photos/000000022192.jpg',
      'clip.mp4': 'videos/counter.mp4',
      'song.flac': 'audio-tags/04 Long Drive.flac',
      'geo.jpg': 'exif/jpg_gps_DSCN0012.jpg',
    })
    const {work} = await scan()
    expect(work).toMatchObject({done: {inspect: 4, frames: 1, embed: 4, tag: 4}, failures: []})

    const dog = await show('dog.jpg')
    expect(dog.tags).toContainEqual(expect.objectContaining({name: 'dog', source: 'detector', model: 'centernet'}))
    const geo = await show('geo.jpg')
    expect(geo.content?.facts).toMatchObject({
      captured: {at: '2008-10-22T16:29:49', source: 'exif'},
      cameraModel: 'COOLPIX P6000',
      location: {latitude: expect.closeTo(43.467, 2) as number, longitude: expect.closeTo(11.885, 2) as number},
    })
    expect(geo.tags.map(tag => tag.name)).toEqual(expect.arrayContaining(['italy', 'autumn']))
    const clip = await show('clip.mp4')
    expect(clip.content).toMatchObject({facts: {width: 1920, height: 1080}, keyframes: [{atMs: expect.any(Number) as number}]})
    const song = await show('song.flac')
    expect(song.content).toMatchObject({format: {kind: 'audio'}, facts: {title: 'Long Drive'}})
  })

  test('are known by their headers first, and by their pixels where a model looks at them', async () => {
    await copyFixtures(fixtures, box.media, {
      'camera.jpg': 'exif/jpg_orientation_portrait_8.jpg',
      'phone.heic': 'formats/IMG_2927.HEIC',
    })
    const {work} = await scan('--kind', 'inspect')
    expect(work).toMatchObject({done: {...NOTHING_DONE, inspect: 2}, failures: []})
    const before = await Promise.all(['camera.jpg', 'phone.heic'].map(show))
    expect(before.map(file => file.content)).toMatchObject([
      {statistics: null, facts: {width: 450, height: 600, orientation: 8}},
      {statistics: null, facts: {cameraMake: 'Apple'}},
    ])
    expect((await box.run(['work', '--quiet'])).exitCode).toBe(0)
    const after = await Promise.all(['camera.jpg', 'phone.heic'].map(show))
    for (const [i, {content}] of after.entries()) {
      // Not every ffmpeg decodes HEIC.
      if (content?.facts.noDecoder === undefined) expect(content?.statistics?.brightness).toBeGreaterThan(0)
      const {captured, width, height} = before[i]?.content?.facts ?? {}
      expect(content?.facts).toMatchObject({captured, width, height})
    }
  })
})
