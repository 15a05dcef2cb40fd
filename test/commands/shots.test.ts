import {readFile, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import sharp, {type Region} from 'sharp'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {showFile, type FileView} from '../../dist/services/files.js'
import {drawn, drawShots, ffmpeg, type DRAWN} from '../support/clips.js'
import {describeWithFixtures} from '../support/fixtures.js'
import {openLibraryOf} from '../support/library.js'
import type {WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures} from '../support/scene.js'

const THREE = [
  ['counter', 2],
  ['fractal', 2],
  ['bars', 2],
] as const satisfies [keyof typeof DRAWN, number][]
const FRAME_MS = 40
const MANY = 26

let box: Sandbox
let work: WorkJson

async function makeVideos(): Promise<void> {
  const path = (name: string): string => join(box.media, name)
  await drawShots(path('three.mp4'), [...THREE])
  // Every third frame in the middle, so that frame numbers say nothing of times.
  await drawShots(path('variable.mkv'), [...THREE], {
    filter: "select='not(between(t,2,4)*mod(n,3))'",
    encode: ['-vsync', 'vfr', '-c:v', 'mpeg4', '-q:v', '3'],
  })
  await ffmpeg('-i', path('three.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90', path('turned.mp4'))
  // Nothing in these says how long they are, nor where in them a time is.
  await ffmpeg('-i', path('three.mp4'), '-c', 'copy', '-live', '1', path('streamed.mkv'))
  await drawShots(path('bare.m2v'), [...THREE], {encode: ['-c:v', 'mpeg2video', '-q:v', '3', '-f', 'mpeg2video']})
  // Their first frames are shown long after 0, as in what was cut out of a broadcast.
  for (const [name, encoder] of [
    ['late.ts', 'mpeg2video'],
    ['late.mkv', 'copy'],
  ] as const) {
    await ffmpeg('-i', path('three.mp4'), '-c:v', encoder, '-copyts', '-output_ts_offset', '50', path(name))
  }
  const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=7']
  await ffmpeg(...tone, '-itsoffset', '1', '-i', path('three.mp4'), '-c:v', 'copy', '-c:a', 'aac', path('sound-first.mkv'))
  await drawShots(path('interlaced.mkv'), [...THREE], {
    filter: 'tinterlace=interleave_top',
    encode: ['-c:v', 'mpeg2video', '-flags', '+ilme+ildct', '-q:v', '3'],
  })
  await drawShots(path('tall.mkv'), [...THREE], {filter: 'scale=32:720', encode: ['-c:v', 'ffv1']})
  await drawShots(path('broken-tail.mp4'), [...THREE], {encode: ['-c:v', 'mpeg4', '-q:v', '3', '-movflags', '+faststart']})
  await truncate(path('broken-tail.mp4'), Math.floor((await readFile(path('broken-tail.mp4'))).length * 0.75))
  await drawShots(path('black-start.mp4'), [['black', 5], ...THREE])
  await drawShots(path('black.mp4'), [['black', 3]])
  await drawShots(path('flash.mp4'), [['bars', 4]], {filter: "drawbox=c=white:t=fill:enable='between(n,50,52)'"})
  const quick = Array.from({length: MANY}, (_, i) => ['bars', 'fractal', 'counter', 'colours'][i % 4] as keyof typeof DRAWN)
  await drawShots(path('blinks.mp4'), [['bars', 2], ...quick.slice(1, 7).map(source => [source, 0.2] as [typeof source, number])])
  await drawShots(
    path('many.mp4'),
    quick.map((source, i) => [source, i < 3 ? 0.8 : 0.6]),
  )
  await drawShots(path('one-frame.mp4'), [['bars', 0.04]])
  await ffmpeg('-f', 'lavfi', '-i', 'sine=frequency=440:duration=2', '-c:a', 'aac', path('sound-only.mp4'))
}

beforeAll(async () => {
  box = await openSandbox()
  await makeVideos()
  work = await findShots(box, box.media)
}, 120_000)
afterAll(() => box[Symbol.asyncDispose]())

/** Scans a path as far as shots and keyframes: what models make of them is no matter here. */
async function findShots(own: Sandbox, path: string, env: Record<string, string> = {}): Promise<WorkJson> {
  await own.json(['scan', path, '--queue-only'])
  return own.json<WorkJson>(['work', '--kind', 'inspect', '--kind', 'frames'], {env})
}

const show = (name: string): Promise<FileView> => showIn(box, join(box.media, name))

/** What `show --json` prints. */
async function showIn(own: Sandbox, path: string): Promise<FileView> {
  await using library = await openLibraryOf(own)
  return await showFile({library}, path)
}
const startsOf = ({shots}: FileView): number[] => shots.map(({startMs}) => startMs)
const keyframesOf = ({shots}: FileView): number[] => shots.flatMap(({keyframesMs}) => keyframesMs)

function expectStarts(view: FileView, expected: readonly number[], frameMs = FRAME_MS): void {
  const starts = startsOf(view)
  expect(starts, JSON.stringify(starts)).toHaveLength(expected.length)
  for (const [i, start] of starts.entries()) expect(Math.abs(start - (expected[i] as number))).toBeLessThanOrEqual(2 * frameMs)
}

test('no file of the folder fails', () => {
  expect(work.failures).toEqual([])
})

describe('shots begin where the picture changes', () => {
  test.each([
    'three.mp4',
    'variable.mkv',
    'turned.mp4',
    'interlaced.mkv',
    'tall.mkv',
    'late.ts',
    'late.mkv',
    'streamed.mkv',
    'bare.m2v',
  ])('of %s', async name => {
    const view = await show(name)
    // Two fields a frame are half as many frames.
    expectStarts(view, [0, 2000, 4000], name === 'interlaced.mkv' ? 2 * FRAME_MS : FRAME_MS)
    expect(view.shots.map(({transition}) => transition)).toEqual(['start', 'cut', 'cut'])
    expect(view.shots.map(({endMs}) => endMs).slice(0, 2)).toEqual(startsOf(view).slice(1))
  })

  test('of a stream that was never told its length, whose stills are of their moments', async () => {
    const view = await show('streamed.mkv')
    expect(view.content?.facts.durationMs).toBe(6000)
    for (const [i, atMs] of keyframesOf(view).entries()) {
      const whole = preview(await show('three.mp4'), `${keyframesOf(await show('three.mp4'))[i]}.webp`)
      expect(Math.abs((await brightnessOf(preview(view, `${atMs}.webp`))) - (await brightnessOf(whole)))).toBeLessThan(2)
    }
  })

  test('as the player has it, where the sound begins before the pictures', async () => {
    expectStarts(await show('sound-first.mkv'), [0, 3000, 5000])
  })

  test('of a video whose end is lost, as far as it goes', async () => {
    const {shots} = await show('broken-tail.mp4')
    expect(shots.length).toBeGreaterThanOrEqual(2)
    expect(shots.at(-1)?.endMs).toBeLessThan(6000)
  })

  test('not under a flash', async () => {
    expectStarts(await show('flash.mp4'), [0])
  })

  test('and none is shorter than anybody could see', async () => {
    const {shots} = await show('blinks.mp4')
    for (const {startMs, endMs} of shots.slice(0, -1)) expect(endMs - startMs).toBeGreaterThanOrEqual(400)
  })

  test('of a single frame, as long as it is shown', async () => {
    const {shots, content} = await show('one-frame.mp4')
    expect(shots).toMatchObject([{startMs: 0, endMs: 40}])
    expect(content?.keyframes).toHaveLength(1)
  })
})

describe('keyframes', () => {
  test('lie inside their shots, one each', async () => {
    const {shots} = await show('three.mp4')
    for (const {startMs, endMs, keyframesMs} of shots) {
      expect(keyframesMs).toHaveLength(1)
      expect(keyframesMs[0]).toBeGreaterThan(startMs)
      expect(keyframesMs[0]).toBeLessThan(endMs)
    }
  })

  test('are not black where five seconds of black begin the video', async () => {
    const view = await show('black-start.mp4')
    expect(keyframesOf(view)).toHaveLength(3)
    for (const atMs of keyframesOf(view)) {
      expect(atMs).toBeGreaterThan(5000)
      expect(await brightnessOf(preview(view, `${atMs}.webp`))).toBeGreaterThan(30)
    }
    expect(await brightnessOf(preview(view, 'thumbnail.webp'))).toBeGreaterThan(30)
  })

  test('of a video that is all black are one, so that it has a picture', async () => {
    expect(keyframesOf(await show('black.mp4'))).toHaveLength(1)
  })

  test('are kept upright, as small WebP, and on a sheet with the times of its tiles', async () => {
    const view = await show('turned.mp4')
    const [atMs] = keyframesOf(view)
    const thumbnail = await sharp(preview(view, `${atMs}.webp`)).metadata()
    expect(thumbnail.format).toBe('webp')
    expect(thumbnail.height).toBeGreaterThan(thumbnail.width)
    const sheet = await sharp(preview(view, 'sprites.webp')).metadata()
    expect(sheet).toMatchObject({format: 'webp', width: 3 * 160, height: 90})
    // The tiles show the middle of what the thumbnails do, each in its place.
    for (const [i, ms] of keyframesOf(view).entries()) {
      const middle = await brightnessOf(preview(view, `${ms}.webp`), {left: 0, top: 140, width: 180, height: 40})
      const tile = await brightnessOf(preview(view, 'sprites.webp'), {left: i * 160, top: 27, width: 160, height: 36})
      expect(Math.abs(tile - middle)).toBeLessThan(8)
    }
    const cues = await readFile(preview(view, 'sprites.vtt'), 'utf8')
    expect(cues).toMatch(/^WEBVTT\n/)
    expect(cues.match(/sprites\.webp#xywh=\d+,0,160,90/g)).toHaveLength(3)
  })

  test('of a short video are two dozen, though it has more shots', async () => {
    const view = await show('many.mp4')
    expect(view.shots).toHaveLength(MANY)
    expect(keyframesOf(view)).toHaveLength(24)
  })

  test.each([
    ['100000', MANY],
    ['3', 3],
  ])('are no more than a setting of %s an hour allows, those of the longest shots', async (perHour, expected) => {
    await using own = await openSandbox()
    const path = join(box.media, 'many.mp4')
    await findShots(own, path, {MEDIAFORGE_KEYFRAMES_PER_HOUR: perHour})
    const view = await showIn(own, path)
    expect(keyframesOf(view)).toHaveLength(expected)
    expect(view.shots.slice(0, 3).map(({keyframesMs}) => keyframesMs.length)).toEqual([1, 1, 1])
  })
})

test('a video with no pictures is a sound', async () => {
  const {content, shots} = await show('sound-only.mp4')
  expect(content?.format.kind).toBe('audio')
  expect(shots).toEqual([])
})

function preview({content}: FileView, name: string): string {
  const identity = content?.identity ?? ''
  return join(box.root, 'cache', 'previews', identity.slice(0, 2), identity, name)
}

async function brightnessOf(path: string, part?: Region): Promise<number> {
  const picture = part === undefined ? sharp(path) : sharp(await sharp(path).extract(part).png().toBuffer())
  const {channels} = await picture.stats()
  return channels.reduce((sum, {mean}) => sum + mean, 0) / channels.length
}

describeWithFixtures('videos of the test data', fixtures => {
  let own: Sandbox
  beforeAll(async () => {
    own = await openSandbox()
    const names = ['testvideo.mp4', 'fades.mp4', 'counter.mp4']
    await copyFixtures(fixtures, own.media, Object.fromEntries(names.map(name => [name, `videos/${name}`])))
    const bare = ['-c', 'copy', '-an', '-f', 'h264', join(own.media, 'bare.264')]
    await ffmpeg('-t', '8', '-i', join(own.media, 'testvideo.mp4'), ...bare)
    const hevc = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=0', '-f', 'hevc']
    await ffmpeg(...drawn('bars', 1), '-r', '25', ...hevc, join(own.media, 'bare.265'))
    await findShots(own, own.media)
  })
  afterAll(() => own[Symbol.asyncDispose]())

  test('a stream of H.264 without a container has the shots of what it was taken from', async () => {
    const bare = await showIn(own, join(own.media, 'bare.264'))
    expect(bare.content?.format.format).toBe('h264')
    expectStarts(bare, [0, 1001, 6006])
    expect(keyframesOf(bare)).toHaveLength(2)
  })

  test.each([
    ['bare.264', 8000],
    ['bare.265', 1000],
  ])('the length of %s, which does not say it, is known from its frames', async (name, durationMs) => {
    const {content} = await showIn(own, join(own.media, name))
    expect(Number(content?.facts.durationMs)).toBeGreaterThan(durationMs - 100)
    expect(Number(content?.facts.durationMs)).toBeLessThan(durationMs + 100)
  })

  test.each([
    // The last one is a dissolve, which detectors of cuts do not list.
    ['testvideo.mp4', [30, 180, 394, 545]],
    ['fades.mp4', [84, 167]],
    ['counter.mp4', []],
  ])('the boundaries of %s are within two frames of where they belong', async (name, frames) => {
    const {shots, content} = await showIn(own, join(own.media, name))
    const rate = content?.facts.frameRate ?? NaN
    const found = shots.slice(1).map(({startMs}) => Math.round((startMs * rate) / 1000))
    expect(found, JSON.stringify(found)).toHaveLength(frames.length)
    for (const [i, frame] of found.entries()) expect(Math.abs(frame - (frames[i] as number))).toBeLessThanOrEqual(2)
  })
})

test('what is no video says so to those who ask for its shots', async () => {
  const path = join(box.media, 'sound-only.mp4')
  const {exitCode, stderr} = await box.run(['highlights', path])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('is no video')
  await writeFile(join(box.media, 'notes.txt'), 'x')
  expect((await box.run(['chapters', join(box.media, 'notes.txt')])).exitCode).toBe(2)
})
