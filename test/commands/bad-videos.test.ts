import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {drawShots, ffmpeg} from '../support/clips.js'
import type {HitJson, ScanJson} from '../support/reports.js'
import type {FileView} from '../../dist/services/files.js'
import {openSandbox, type Run, type Sandbox} from '../support/sandbox.js'

/** How many pixels wide and high a picture is that claims too much. */
const ABSURD = 32_768

let box: Sandbox
let run: Run
let scan: ScanJson
const at = (name: string): string => join(box.media, name)
const show = (name: string): Promise<FileView> => box.json<FileView>(['show', at(name)])

beforeAll(async () => {
  box = await openSandbox()
  await drawShots(at('good.mp4'), [
    ['bars', 1],
    ['fractal', 1],
  ])
  const good = await readFile(at('good.mp4'))
  // The index is at the end: without it there is no telling what the bytes are.
  await writeFile(at('no-index.mp4'), good.subarray(0, good.length / 2))
  await ffmpeg('-i', at('good.mp4'), '-c', 'copy', '-movflags', '+faststart', join(box.root, 'fast.mp4'))
  await writeFile(at('half-an-index.mp4'), (await readFile(join(box.root, 'fast.mp4'))).subarray(0, 900))
  await ffmpeg('-i', at('good.mp4'), '-t', '0', '-c', 'copy', at('nothing-in-it.mp4'))
  await writeFile(
    at('no-durations.mp4'),
    patched(
      good,
      [
        ['mvhd', 16],
        ['tkhd', 20],
        ['mdhd', 16],
      ],
      Buffer.alloc(4),
    ),
  )
  // Each frame is shown for days.
  await writeFile(at('slow.mp4'), patched(good, [['stts', 12]], Buffer.of(0x7f, 0xff, 0xff, 0xff)))
  await writeFile(at('large-in-the-index.mp4'), patched(good, [['mp4v', 24]], sides(ABSURD)))
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=1']
  await ffmpeg(...source, '-c:v', 'mjpeg', join(box.root, 'jpegs.mkv'))
  const jpegs = await readFile(join(box.root, 'jpegs.mkv'))
  await writeFile(at('large.mkv'), patched(jpegs, [['\xff\xc0\0\x11\x08', 0]], sides(ABSURD)))
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=100000:duration=0.001', '-c:v', 'ffv1', at('fast.mkv'))
  run = await box.run(['scan', box.media, '--json', '--quiet'])
  scan = JSON.parse(run.stdout) as ScanJson
}, 120_000)
afterAll(() => box[Symbol.asyncDispose]())

/** The bytes with some others in the place of those so far behind every one of these marks. */
function patched(bytes: Buffer, marks: [mark: string, offset: number][], patch: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (const [mark, offset] of marks) {
    for (let i = copy.indexOf(mark, 0, 'latin1'); i !== -1; i = copy.indexOf(mark, i + 1, 'latin1')) {
      patch.copy(copy, i + mark.length + offset)
    }
  }
  return copy
}

function sides(side: number): Buffer {
  const patch = Buffer.alloc(4)
  patch.writeUInt16BE(side, 0)
  patch.writeUInt16BE(side, 2)
  return patch
}

test('ends with 3 and says nothing but its report', () => {
  expect([run.exitCode, run.stderr]).toEqual([3, ''])
})

test.each([
  ['no-index.mp4', 'inspect', /moov atom not found/],
  ['half-an-index.mp4', 'inspect', /error reading header/],
  ['nothing-in-it.mp4', 'inspect', /neither pictures nor sound/],
  ['large.mkv', 'frames', /picture size 32768x32768 is invalid/],
])('names %s, and why', (name, kind, words) => {
  const failures = scan.work?.failures.filter(({path}) => path === at(name)) ?? []
  expect(failures).toMatchObject([{kind, code: 'FILE_BROKEN', message: expect.stringMatching(words) as string}])
  expect(failures[0]?.message).not.toMatch(/0x[0-9a-f]{6}|\n|\[/)
})

test('names no other file', () => {
  expect(scan.work?.failures).toHaveLength(4)
})

describe('what can be seen of the others is taken in', () => {
  test.each([
    ['good.mp4', [0, 1000], 2000],
    // What the index does not say, or says wrongly, the pictures do.
    ['no-durations.mp4', [0, 1000], 2000],
    ['large-in-the-index.mp4', [0, 1000], 2000],
  ])('of %s', async (name, starts, endMs) => {
    const {shots, content} = await show(name)
    expect(shots.map(({startMs}) => startMs)).toEqual(starts)
    expect(shots.at(-1)?.endMs).toBe(endMs)
    expect(content?.facts).toMatchObject({width: 320, height: 180})
  })

  test.each(['slow.mp4', 'fast.mkv'])('of %s, whose rate no camera has', async name => {
    const {shots, content} = await show(name)
    expect(shots.length).toBeGreaterThan(0)
    expect(content?.keyframes.length).toBeGreaterThan(0)
    expect(content?.facts.frameRate).toBeUndefined()
  })
})

test('a video without pictures that can be decoded is still found by its name', async () => {
  const {hits} = await box.json<{hits: HitJson[]}>(['search', '--lexical', 'large'])
  expect(hits.map(({path}) => path)).toContain(at('large.mkv'))
})

test('who asks for the shots of one that cannot be read is told why', async () => {
  const {exitCode, stderr} = await box.run(['chapters', at('no-index.mp4')])
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/no-index\.mp4 cannot be read: .*moov atom not found/) as string])
})

test('the next scan tries none of them again, and loses none', async () => {
  const again = await box.json<ScanJson>(['scan', box.media])
  expect(again.roots[0]).toMatchObject({files: 9, added: 0, changed: 0, missing: 0})
  expect(again.work).toMatchObject({done: {inspect: 0, frames: 0}, failures: []})
  const {jobs} = await box.json<{jobs: {path: string}[]}>(['jobs', 'list', '--failed'])
  expect(jobs).toHaveLength(4)
})
