import {chmod, copyFile, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import sharp from 'sharp'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findFfmpeg, toolVersion} from '../../../dist/adapters/ffmpeg/find.js'
import {TOOL_LIMITS} from '../../../dist/adapters/ffmpeg/limits.js'
import {openVideoTools} from '../../../dist/adapters/ffmpeg/video-tools.js'
import {drawShots} from '../../support/clips.js'
import {describeWithFixtures} from '../../support/fixtures.js'

const anywhere = {ffmpegPath: undefined, ffprobePath: undefined, path: process.env.PATH ?? ''}
const tools = openVideoTools({find: () => findFfmpeg(anywhere)})
const failure = (code: string): Error => expect.objectContaining({code}) as Error

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-ffmpeg-'))
})
afterAll(() => rm(folder, {recursive: true}))

describe('finding ffmpeg', () => {
  test('falls back to the npm packages where the PATH has none', async () => {
    const found = await findFfmpeg({...anywhere, path: ''})
    expect(found.ffprobe.source).toBe('@ffprobe-installer/ffprobe')
    expect(await toolVersion(found.ffprobe)).not.toBe('unknown')
  })

  test('prefers the PATH to packages, and the configuration to both', async () => {
    const mine = join(folder, 'ffmpeg')
    await writeFile(mine, '#!/bin/sh\n')
    await chmod(mine, 0o755)
    expect((await findFfmpeg({...anywhere, path: folder})).ffmpeg).toEqual({path: mine, source: 'PATH'})
    expect((await findFfmpeg({...anywhere, ffmpegPath: mine})).ffmpeg).toEqual({path: mine, source: 'configuration'})
  })

  test('takes no other where the configured one is not there', async () => {
    await expect(findFfmpeg({...anywhere, ffmpegPath: '/nowhere/ffmpeg'})).rejects.toThrow(failure('FFMPEG_MISSING'))
  })
})

describeWithFixtures('ffmpeg', fixtures => {
  const video = (name: string): string => join(fixtures, 'media', name)

  test('tells what a video is', async () => {
    expect(await tools.probe(video('videos/testvideo.mp4'))).toMatchObject({
      hasVideo: true,
      hasAudio: false,
      width: 1280,
      height: 720,
      videoCodec: 'h264',
      durationMs: 24_023,
      frameRate: 29.97,
      captured: {at: '2013-10-20T05:38:05Z', source: 'container'},
    })
  })

  test('tells where and with what a phone filmed, and turns the size as it is shown', async () => {
    expect(await tools.probe(video('formats/with-gps.mov'))).toMatchObject({
      width: 320,
      height: 568,
      rotationDegrees: -90,
      cameraModel: 'iPhone 6',
      location: {latitude: 32.0929, longitude: 34.862},
      captured: {at: '2019-07-24T11:25:40+03:00'},
    })
  })

  test('takes a cover picture for no video', async () => {
    expect(await tools.probe(video('audio-tags/04 Long Drive.flac'))).toMatchObject({hasVideo: false, hasAudio: true})
  })

  test('extracts the frame of a moment, no larger than asked, turned upright', async () => {
    const target = join(folder, 'frame.jpg')
    expect(await tools.extractFrame(video('formats/with-gps.mov'), 1000, target, 200)).toBe(true)
    const {format, width, height} = await sharp(target).metadata()
    expect([format, height]).toEqual(['jpeg', 200])
    // 1080 of 1920: ffmpeg versions round the half differently.
    expect([112, 113]).toContain(width)
  })

  test('has no frame behind the end, and leaves nothing behind', async () => {
    const target = join(folder, 'none.jpg')
    expect(await tools.extractFrame(video('videos/counter.mp4'), 9_000_000, target, 200)).toBe(false)
    expect((await readdir(folder)).filter(name => name.startsWith('none'))).toEqual([])
  })

  test.each(['-i.mp4', 'http:example.mp4', 'a%d:b.mp4', 'line\nbreak "quoted" 🐕.mp4', 'concat:x|y.mp4'])(
    'takes the name %j for a name',
    async name => {
      const path = join(folder, name)
      await copyFile(video('videos/delayed_start.mp4'), path)
      expect(await tools.probe(path)).toMatchObject({hasVideo: true})
      expect(await tools.extractFrame(path, 500, join(folder, 'named.jpg'), 100)).toBe(true)
    },
  )

  test.each([
    ['ffconcat', (secret: string) => `ffconcat version 1.0\nfile '${secret}'\n`],
    ['HLS', (secret: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://${secret}\n#EXT-X-ENDLIST\n`],
    ['HLS over the network', () => '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n'],
  ])('follows no %s playlist that is called a video', async (_, playlist) => {
    const path = join(folder, 'playlist.mp4')
    await writeFile(path, playlist(video('videos/counter.mp4')))
    await expect(tools.probe(path)).rejects.toThrow(failure('FILE_BROKEN'))
    const target = join(folder, 'leak.jpg')
    const extracted = await tools.extractFrame(path, 0, target, 100).catch(() => false)
    expect(extracted).toBe(false)
  })

  test('says in one line why a file is broken, without its path', async () => {
    const path = join(folder, 'broken.mp4')
    await writeFile(path, Buffer.alloc(5000, 7))
    const error = await tools.probe(path).catch((reason: unknown) => reason as Error)
    expect(error).toMatchObject({code: 'FILE_BROKEN'})
    expect((error as Error).message).not.toContain(folder)
    expect((error as Error).message).not.toContain('\n')
  })

  test('stops at once where it is cancelled', async () => {
    await expect(tools.probe(video('videos/testvideo.mp4'), {signal: AbortSignal.abort()})).rejects.toThrow(failure('CANCELLED'))
  })
})

test.each([
  ['no squares', '64/45', [200, 113]],
  // Nothing was ever filmed like that.
  ['threads', '1/60000', [200, 160]],
])('pixels that are %s are shown as they are', async (_, ratio, size) => {
  const path = join(folder, 'pixels.mp4')
  const target = join(folder, 'pixels.jpg')
  await drawShots(path, [['bars', 0.2]], {filter: `scale=720:576,setsar=${ratio}`})
  expect(await tools.extractFrame(path, 0, target, 200)).toBe(true)
  const {width, height} = await sharp(target).metadata()
  expect([width, height]).toEqual(size)
})

test('a picture of one row has a still', async () => {
  const path = join(folder, 'row.mkv')
  const target = join(folder, 'row.jpg')
  await drawShots(path, [['bars', 0.2]], {filter: 'scale=1000:1', encode: ['-c:v', 'ffv1']})
  expect(await tools.extractFrame(path, 0, target, 200)).toBe(true)
  expect(await sharp(target).metadata()).toMatchObject({width: 200, height: 1})
})

test.each(['vaapi', 'no-such-device'])('a video is not broken where %s cannot decode it', async hardwareDecoding => {
  const path = join(folder, 'soft.mp4')
  await drawShots(path, [['bars', 0.2]])
  const hard = openVideoTools({find: () => findFfmpeg(anywhere), hardwareDecoding})
  let frames = 0
  for await (const {luma} of hard.smallFrames(path)) if (luma.length > 0) frames++
  expect(frames).toBe(5)
})

test('a machine of many cores takes no more memory for a video than one of eight', async () => {
  const path = join(folder, 'threads.mp4')
  await drawShots(path, [['bars', 0.2]])
  const {ffmpeg, ffprobe} = await findFfmpeg(anywhere)
  const asked = join(folder, 'asked')
  const telling = join(folder, 'telling-ffmpeg')
  await writeFile(telling, `#!/bin/sh\necho "$*" > '${asked}'\nexec '${ffmpeg.path}' "$@"\n`)
  await chmod(telling, 0o755)
  const threadsOn = async (cores: number): Promise<string | undefined> => {
    const own = openVideoTools({find: () => Promise.resolve({ffmpeg: {path: telling, source: 'test'}, ffprobe}), cores})
    let frames = 0
    for await (const {luma} of own.smallFrames(path)) if (luma.length > 0) frames++
    expect(frames).toBe(5)
    return /-threads (\d+) .*-i /.exec(await readFile(asked, 'utf8'))?.[1]
  }
  expect([await threadsOn(64), await threadsOn(2)]).toEqual(['8', undefined])
})

test('a tool that does not come to an end is stopped', async () => {
  const stuck = join(folder, 'stuck')
  await writeFile(stuck, '#!/bin/sh\nexec sleep 600\n')
  await chmod(stuck, 0o755)
  const slow = openVideoTools({
    find: () => Promise.resolve({ffmpeg: {path: stuck, source: 'test'}, ffprobe: {path: stuck, source: 'test'}}),
    limits: {...TOOL_LIMITS, probeMs: 300},
  })
  await expect(slow.probe(join(folder, 'x.mp4'))).rejects.toThrow(failure('FILE_TIMEOUT'))
})

test('an ffmpeg that is there only at the second look is used from then on', async () => {
  let finds = 0
  const later = openVideoTools({
    find: () => (finds++ === 0 ? Promise.reject(new Error('not yet')) : findFfmpeg(anywhere)),
  })
  const path = join(folder, 'nothing.mp4')
  await writeFile(path, Buffer.alloc(5000, 7))
  await expect(later.probe(path)).rejects.toThrow('not yet')
  for (let look = 0; look < 2; look++) await expect(later.probe(path)).rejects.toThrow(failure('FILE_BROKEN'))
  expect(finds).toBe(2)
})
