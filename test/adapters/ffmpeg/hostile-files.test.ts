import {mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findFfmpeg} from '../../../dist/adapters/ffmpeg/find.js'
import {openSoundTools} from '../../../dist/adapters/ffmpeg/sound-tools.js'
import {openVideoTools} from '../../../dist/adapters/ffmpeg/video-tools.js'
import {ffmpeg} from '../../support/clips.js'

const anywhere = {ffmpegPath: undefined, ffprobePath: undefined, path: process.env.PATH ?? ''}
const tools = openVideoTools({find: () => findFfmpeg(anywhere)})
const soundTools = openSoundTools({find: () => findFfmpeg(anywhere)})

let folder: string
let server: Server
let requests = 0
/** A playable file, and another one of words alone. */
let film: string
let passwords: string
let url: string
const LONG_AGO = new Date('2001-01-01')
const LATER = new Date('2002-01-01')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-hostile-'))
  await mkdir(join(folder, 'secret'))
  film = join(folder, 'secret', 'film.ts')
  passwords = join(folder, 'secret', 'passwd')
  await writeFile(passwords, 'root:x:0:0:root:/root:/bin/sh\n'.repeat(40))
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=25:duration=1', '-f', 'lavfi', '-i', 'sine=duration=1']
  await ffmpeg(...inputs, '-c:v', 'mpeg2video', '-c:a', 'mp2', film)
  const bytes = await readFile(film)
  server = createServer((_, response) => {
    requests++
    response.end(bytes)
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/film.ts`
})
afterAll(async () => {
  server.close()
  await rm(folder, {recursive: true})
})

const hls = (target: string): string => `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${target}\n#EXT-X-ENDLIST\n`
const concat = (target: string): string => `ffconcat version 1.0\nfile '${target}'\n`

describe.each([
  ['HLS', hls],
  ['HLS behind an ID3 tag', (target: string) => `ID3\x03\0\0\0\0\0\0${hls(target)}`],
  ['ffconcat', concat],
  ['SDP', (target: string) => `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=${target}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n`],
])('%s that is called a video', (_, playlist) => {
  describe.each([
    ['a film', () => film],
    ['a film, by its URL', () => `file://${film}`],
    ['a list of passwords', () => passwords],
    ['the network', () => url],
  ])('and names %s', (_, target) => {
    test('is read by no way in, and nothing that it names is', async () => {
      const path = join(folder, 'playlist.mp4')
      await writeFile(path, playlist(target()))
      for (const secret of [film, passwords]) await utimes(secret, LONG_AGO, LATER)
      const before = requests

      expect(await told(tools.probe(path))).toBe('FILE_BROKEN')
      expect(await told(frames(path))).toBe('FILE_BROKEN')
      expect(await told(samples(path))).toBe('FILE_BROKEN')
      expect(await told(tools.subtitles(path))).toBe('FILE_BROKEN')
      // Stills, thumbnails and the pictures on sound files are all made by this.
      expect(await told(tools.extractFrame(path, 0, join(folder, 'still.jpg'), 100))).toBe('FILE_BROKEN')

      expect(requests).toBe(before)
      for (const secret of [film, passwords]) expect((await stat(secret)).atimeMs).toBe(LONG_AGO.getTime())
    })
  })
})

test('what these tests look at does tell of a reader', async context => {
  for (const secret of [film, passwords]) await utimes(secret, LONG_AGO, LATER)
  expect(await told(frames(film))).toBe('nothing wrong')
  const before = requests
  await (await fetch(url)).arrayBuffer()
  expect(requests).toBe(before + 1)
  if ((await stat(film)).atimeMs === LONG_AGO.getTime()) context.skip('this file system keeps no times of reading')
})

/** The code of what it ends with, or that all went well. */
async function told(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing wrong',
    (error: unknown) => (error as {code: string}).code,
  )
}

async function frames(path: string): Promise<void> {
  for await (const {luma} of tools.smallFrames(path)) expect(luma.length).toBeGreaterThan(0)
}

async function samples(path: string): Promise<void> {
  await soundTools.decode(path, () => Promise.resolve())
}

test('a broken file that is called as if the disk were full is broken, and ends nothing else', async () => {
  const path = join(folder, 'a: No space left on device\nb.mp4')
  await writeFile(path, Buffer.alloc(4000, 'no film'))
  const still = join(folder, 'still.jpg')
  await expect(tools.probe(path)).rejects.toMatchObject({code: 'FILE_BROKEN'})
  await expect(tools.extractFrame(path, 0, still, 320)).rejects.toMatchObject({code: 'FILE_BROKEN'})
})
