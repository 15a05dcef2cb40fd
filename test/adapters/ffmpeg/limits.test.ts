import {chmod, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {findFfmpeg} from '../../../dist/adapters/ffmpeg/find.js'
import {TOOL_LIMITS} from '../../../dist/adapters/ffmpeg/limits.js'
import {openSoundTools} from '../../../dist/adapters/ffmpeg/sound-tools.js'
import {openVideoTools} from '../../../dist/adapters/ffmpeg/video-tools.js'
import {scan} from '../../../dist/services/scan.js'
import {drain, type DrainReport} from '../../../dist/services/worker.js'
import {drawShots, ffmpeg} from '../../support/clips.js'
import {openSandbox, type Sandbox} from '../../support/sandbox.js'
import {composeFor} from '../../support/session.js'

/** A small picture takes half of it, one of 8,192 pixels a side takes much more. */
const MEMORY_BYTES = 100_000_000
const SHORT_MS = 1500

let box: Sandbox
let report: DrainReport
const at = (name: string): string => join(box.media, name)

beforeAll(async () => {
  box = await openSandbox()
  await drawShots(at('good.mp4'), [['bars', 1]])
  const large = join(box.root, 'large.mkv')
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=8192x8192:rate=5', '-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '8', large)
  await ffmpeg('-stream_loop', '39', '-i', large, '-c', 'copy', at('greedy.mkv'))
  await drawShots(at('mute.mp4'), [['counter', 1]])
  await drawShots(at('stuck.mp4'), [['fractal', 1]])
  const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1']
  await ffmpeg(...tone, at('good.wav'))
  await ffmpeg(...tone, '-ar', '8000', at('mute.wav'))

  await using session = await composeFor(box)
  const {ffmpeg: real, ffprobe} = await findFfmpeg({ffmpegPath: undefined, ffprobePath: undefined, path: process.env.PATH ?? ''})
  // It says nothing over what is called mute, and is as slow over a single frame of what is called stuck.
  const slow = join(box.root, 'slow-ffmpeg')
  await writeFile(slow, `#!/bin/sh\ncase "$*" in *mute*|*stuck*-frames:v*) exec sleep 600;; esac\nexec '${real.path}' "$@"\n`)
  await chmod(slow, 0o755)
  const find = () => Promise.resolve({ffmpeg: {path: slow, source: 'test'}, ffprobe})
  const limits = {...TOOL_LIMITS, stallMs: SHORT_MS, frameMs: SHORT_MS, memoryBytes: MEMORY_BYTES}
  const ports = {...session.ports, video: openVideoTools({find, limits}), soundTools: openSoundTools({find, limits})}
  const {signal} = new AbortController()
  await scan(ports, [box.media], {}, {signal})
  report = await drain(ports, {kinds: ['inspect', 'frames', 'listen']}, {signal})
}, 120_000)
afterAll(() => box[Symbol.asyncDispose]())

test.each([
  ['greedy.mkv', 'frames', 'FILE_TOO_LARGE', 'decoding it takes more than 0.1 GB of memory'],
  ['mute.mp4', 'frames', 'FILE_TIMEOUT', 'ffmpeg was stopped after 1.5 s without a result'],
  ['stuck.mp4', 'frames', 'FILE_TIMEOUT', 'ffmpeg was stopped after 1.5 s without a result'],
  ['mute.wav', 'listen', 'FILE_TIMEOUT', 'ffmpeg was stopped after 1.5 s without a result'],
])('%s ends alone, and says why', (name, kind, code, message) => {
  const failures = report.failures.filter(({path}) => path === at(name))
  expect(failures).toMatchObject([{kind, code, message}])
})

test('what comes after them is looked at all the same', () => {
  expect(report.failures).toHaveLength(4)
  expect(report.done).toMatchObject({inspect: 6, frames: 1, listen: expect.any(Number) as number})
})
