import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {findFfmpeg} from '../../adapters/ffmpeg/find.js'
import {ShotDetector} from '../../domain/shots/detector.js'
import type {Ports} from '../../services/ports.js'
import {compose} from '../compose.js'
import {makeClip, rawFootage, type Clip, type ClipKind, type TrueBoundary} from './clips.js'
import {CLIP, gatherFootage} from './footage.js'
import {alone, type BenchResult} from './measure.js'
import {createRandom} from './random.js'
import type {BenchContext} from './suites.js'

const CLIPS_A_KIND = 16
/** A boundary is found where it is placed this near. */
const TOLERANCE_FRAMES = 2

/** How well the boundaries of shots are found in clips made for it, and what finding them costs beside decoding. */
export async function* videoSuite(context: BenchContext): AsyncIterable<BenchResult> {
  const {config, folder, media, signal} = context
  await using session = await compose({...config, dataDir: folder, cacheDir: folder})
  const {ports} = session
  const {ffmpeg} = await findFfmpeg(config)
  const raw = join(folder, 'footage')
  await mkdir(raw)
  const footage = await gatherFootage(ports, media, join(folder, 'samples'), signal)
  const sources = await rawFootage(ffmpeg.path, footage, raw)
  const still = sources.filter(({moves}) => !moves)
  for (const [i, kind] of (['cuts', 'fades', 'hard'] as const).entries()) {
    const clips: Clip[] = []
    for (let clip = 0; clip < CLIPS_A_KIND; clip++) {
      signal.throwIfAborted()
      const random = createRandom(1000 * i + clip)
      const path = join(folder, `${kind}-${clip}.mp4`)
      clips.push(await makeClip(kind, kind === 'hard' ? sources : still, {ffmpeg: ffmpeg.path, path, random}))
    }
    yield await f1(kind, clips, ports, signal)
  }
}

async function f1(kind: ClipKind, clips: readonly Clip[], {video}: Ports, signal: AbortSignal): Promise<BenchResult> {
  let right = 0
  let found = 0
  let all = 0
  for (const {path, boundaries} of clips) {
    const detector = new ShotDetector()
    for await (const frame of video.smallFrames(path, {signal})) detector.push(frame)
    const frames = detector.finish().map(boundary => Math.round((detector.series.atMs(boundary.frame) / 1000) * CLIP.framesPerSecond))
    right += matches(frames, boundaries)
    found += frames.length
    all += boundaries.length
  }
  return alone(`video.${kind}.f1`, (2 * right) / (found + all), `F1 over ${clips.length} clips`)
}

/** How many true boundaries have a found one of their own. */
function matches(frames: number[], boundaries: readonly TrueBoundary[]): number {
  const left = new Set(frames)
  return boundaries.filter(({fromFrame, toFrame}) => {
    const match = [...left].find(frame => frame >= fromFrame - TOLERANCE_FRAMES && frame <= toFrame + TOLERANCE_FRAMES)
    return match !== undefined && left.delete(match)
  }).length
}
