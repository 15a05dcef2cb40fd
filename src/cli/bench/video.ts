import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {findFfmpeg} from '../../adapters/ffmpeg/find.js'
import {ShotDetector} from '../../domain/shots/detector.js'
import type {Ports} from '../../services/ports.js'
import {compose} from '../compose.js'
import {makeClip, rawFootage, type Clip, type ClipKind, type TrueBoundary} from './clips.js'
import {CLIP, gatherFootage} from './footage.js'
import {longFiles} from './long-files.js'
import {compare, type BenchResult} from './measure.js'
import {createRandom} from './random.js'
import {hasSceneDetect, sceneDetectFrames} from './scenedetect.js'
import type {BenchContext} from './suites.js'

const CLIPS_A_KIND = 16
/** A boundary is found where it is placed this near. */
const TOLERANCE_FRAMES = 2

/** How well the boundaries of shots are found in clips made for it, and what finding them costs beside decoding. */
export async function* videoSuite(context: BenchContext): AsyncIterable<BenchResult> {
  const {config, folder, media, signal, note} = context
  await using session = await compose({...config, dataDir: folder, cacheDir: folder})
  const {ports} = session
  const ffmpeg = (await findFfmpeg(config)).ffmpeg.path
  const hasPeer = context.peer && (await hasSceneDetect(signal))
  if (context.peer && !hasPeer)
    note('no python3 with scenedetect is on this machine (pip install scenedetect-headless): there is no peer for video.*.f1')

  const raw = join(folder, 'footage')
  await mkdir(raw)
  const sources = await rawFootage(ffmpeg, await gatherFootage(ports, media, join(folder, 'samples'), signal), raw)
  const still = sources.filter(({moves}) => !moves)
  let last = ''
  for (const [i, kind] of (['cuts', 'fades', 'hard'] as const).entries()) {
    const clips: Clip[] = []
    for (let clip = 0; clip < CLIPS_A_KIND; clip++) {
      signal.throwIfAborted()
      const random = createRandom(1000 * i + clip)
      last = join(folder, `${kind}-${clip}.mp4`)
      clips.push(await makeClip(kind, kind === 'hard' ? sources : still, {ffmpeg, path: last, random}))
    }
    yield await f1(kind, clips, ports, hasPeer, signal)
  }
  yield await cost(last, ffmpeg, ports, context)
  yield* longFiles(ffmpeg, context)
}

async function f1(
  kind: ClipKind,
  clips: readonly Clip[],
  ports: Ports,
  hasPeer: boolean,
  signal: AbortSignal,
): Promise<BenchResult> {
  const value = await f1Of(clips, path => ourFrames(path, ports, signal))
  const peerValue = hasPeer ? await f1Of(clips, path => sceneDetectFrames(path, signal)) : null
  return {
    name: `video.${kind}.f1`,
    value,
    unit: `F1 over ${clips.length} clips`,
    peer: hasPeer ? 'PySceneDetect' : null,
    peerValue,
    ratio: peerValue === null ? null : value / peerValue,
    rounds: 1,
  }
}

async function f1Of(clips: readonly Clip[], find: (path: string) => Promise<number[]>): Promise<number> {
  let right = 0
  let found = 0
  let all = 0
  for (const {path, boundaries} of clips) {
    const frames = await find(path)
    right += matches(frames, boundaries)
    found += frames.length
    all += boundaries.length
  }
  return (2 * right) / (found + all)
}

async function ourFrames(path: string, {video}: Ports, signal: AbortSignal): Promise<number[]> {
  const detector = new ShotDetector()
  for await (const frame of video.smallFrames(path, {signal})) detector.push(frame)
  return detector.finish().map(({frame}) => Math.round((detector.series.atMs(frame) / 1000) * CLIP.framesPerSecond))
}

/** How many true boundaries have a found one of their own. */
function matches(frames: number[], boundaries: readonly TrueBoundary[]): number {
  const left = new Set(frames)
  return boundaries.filter(({fromFrame, toFrame}) => {
    const match = [...left].find(frame => frame >= fromFrame - TOLERANCE_FRAMES && frame <= toFrame + TOLERANCE_FRAMES)
    return match !== undefined && left.delete(match)
  }).length
}

/** Finding shots in Full HD beside ffmpeg decoding and scaling the same file. */
async function cost(
  clip: string,
  ffmpeg: string,
  ports: Ports,
  {folder, rounds, signal, note}: BenchContext,
): Promise<BenchResult> {
  const path = join(folder, 'full-hd.mp4')
  // Noise, as every camera has it: a clean picture would be decoded too easily.
  const make = (encoder: string[]) =>
    execa(ffmpeg, ['-v', 'error', '-y', '-i', clip, '-vf', 'scale=1920:1080,noise=alls=6:allf=t', ...encoder, path], {
      cancelSignal: signal,
    })
  await make(['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p']).catch(() => {
    note('this ffmpeg has no encoder of H.264: video.cost is measured on MPEG-4 Part 2')
    return make(['-c:v', 'mpeg4', '-q:v', '3'])
  })
  const ours = (): Promise<number[]> => ourFrames(path, ports, signal)
  const peer = () =>
    execa(ffmpeg, ['-v', 'error', '-nostdin', '-i', path, '-vf', 'scale=160:-2', '-f', 'null', '-'], {cancelSignal: signal})
  const timing = await compare(Math.min(rounds, 5), ours, peer, signal)
  return {name: 'video.cost', unit: 'ms', peer: 'ffmpeg -i FILE -vf scale=160:-2 -f null -', ...timing}
}
