import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {difference, FRAME_HEIGHT, FRAME_WIDTH, lookAt} from '../../domain/shots/look.js'
import {isPlain} from '../../domain/shots/fades.js'
import {CLIP, CLIP_FRAME_BYTES, FOOTAGE_SECONDS, type Footage} from './footage.js'
import type {Random} from './random.js'

/** A boundary between two shots as it was made: a cut at a frame, or a change from one frame to another. */
export interface TrueBoundary {
  fromFrame: number
  toFrame: number
}

export interface Clip {
  path: string
  boundaries: TrueBoundary[]
}

export type ClipKind = 'cuts' | 'fades' | 'hard'

const SHOTS_A_CLIP = 6
const LUMA_BYTES = CLIP.width * CLIP.height

/** A footage as raw frames in a file, so that a shot is a matter of reading. */
export interface RawFootage {
  path: string
  moves: boolean
}

/**
 * Writes the raw frames of each footage. One of a video that does not end with the picture it began with is left out: it may hold a boundary
 * that nobody labelled.
 */
export async function rawFootage(ffmpeg: string, footage: readonly Footage[], folder: string): Promise<RawFootage[]> {
  const raw: RawFootage[] = []
  for (const [i, {input, filter, moves, isVideo}] of footage.entries()) {
    const path = join(folder, `footage-${i}.yuv`)
    const output = ['-t', String(FOOTAGE_SECONDS), '-an', '-vf', `${filter},fps=${CLIP.framesPerSecond}`, '-pix_fmt', 'yuv420p']
    await execa(ffmpeg, ['-nostdin', '-v', 'error', '-y', ...input, ...output, '-f', 'rawvideo', path])
    if (!isVideo || (await staysItself(path))) raw.push({path, moves})
  }
  return raw
}

/** Plain grounds have no boundaries that anybody would see. */
const LEAST_CONTRAST = 12
const ALIKE = 0.3

async function staysItself(path: string): Promise<boolean> {
  const bytes = await readFile(path)
  const frames = Math.floor(bytes.length / CLIP_FRAME_BYTES)
  const sketches = [0, frames - 1].map(frame => halved(bytes.subarray(frame * CLIP_FRAME_BYTES)))
  const [first, last] = sketches.map(luma => lookAt({atMs: 0, luma}))
  if (first === undefined || last === undefined || isPlain(first.brightness, first.contrast)) return false
  return first.contrast > LEAST_CONTRAST && difference(first.sketch, last.sketch) < ALIKE
}

/** Every other pixel of every other row of a frame's luma. */
function halved(frame: Uint8Array): Uint8Array {
  return Uint8Array.from({length: FRAME_WIDTH * FRAME_HEIGHT}, (_, i) => {
    const x = i % FRAME_WIDTH
    return frame[((i - x) / FRAME_WIDTH) * 2 * CLIP.width + 2 * x] as number
  })
}

/** Joins shots of several footages to a clip: by cuts, by dissolves and fades, or by any of them with flashes in between. */
export async function makeClip(
  kind: ClipKind,
  sources: readonly RawFootage[],
  {ffmpeg, path, random}: {ffmpeg: string; path: string; random: Random},
): Promise<Clip> {
  const writer = execa(ffmpeg, [...ENCODE, path], {buffer: false, stdout: 'ignore', stderr: 'inherit'})
  const boundaries: TrueBoundary[] = []
  let frames = 0
  const write = async (frame: Uint8Array): Promise<void> => {
    frames++
    if (!writer.stdin.write(Buffer.from(frame))) await new Promise(resolve => writer.stdin.once('drain', resolve))
  }

  const chosen = random.shuffled(sources).slice(0, SHOTS_A_CLIP)
  let tail: Uint8Array[] = []
  for (const [i, source] of chosen.entries()) {
    const shot = await shotOf(source.path, random)
    if (kind === 'hard' && random.isOneIn(2)) flash(shot, random)
    const join =
      i === 0
        ? 'cut'
        : kind === 'cuts' || (kind === 'hard' && random.isOneIn(2))
          ? 'cut'
          : random.isOneIn(2)
            ? 'dissolve'
            : 'fade'
    const from = frames
    for (const frame of join === 'cut' ? tail : joined(join, tail, shot, random)) await write(frame)
    if (i > 0) boundaries.push(join === 'cut' ? {fromFrame: frames, toFrame: frames} : {fromFrame: from, toFrame: frames})
    const isLast = i === chosen.length - 1
    tail = isLast ? [] : shot.splice(-random.between(8, 30))
    for (const frame of shot) await write(frame)
  }
  writer.stdin.end()
  await writer
  return {path, boundaries}
}

const ENCODE = [
  ...['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${CLIP.width}x${CLIP.height}`],
  ...['-r', String(CLIP.framesPerSecond), '-i', 'pipe:0', '-c:v', 'mpeg4', '-q:v', '5', '-g', '50'],
]

/** Some seconds of a footage. */
async function shotOf(source: string, random: Random): Promise<Uint8Array[]> {
  const bytes = await readFile(source)
  const frames = Math.floor(bytes.length / CLIP_FRAME_BYTES)
  const length = Math.min(frames, random.between(45, 95))
  const start = random.between(0, frames - length)
  return Array.from({length}, (_, i) => bytes.subarray((start + i) * CLIP_FRAME_BYTES, (start + i + 1) * CLIP_FRAME_BYTES))
}

/** The frames of a change from the tail of one shot into the head of the next, which loses them. */
function joined(join: 'dissolve' | 'fade', tail: Uint8Array[], shot: Uint8Array[], random: Random): Uint8Array[] {
  if (join === 'dissolve') {
    const head = shot.splice(0, tail.length)
    return tail.map((frame, i) => mixed(frame, head[i] ?? frame, (i + 1) / (tail.length + 1)))
  }
  const head = shot.splice(0, random.between(8, 30))
  const hold = Array.from({length: random.between(1, 12)}, () => BLACK)
  return [
    ...tail.map((frame, i) => mixed(frame, BLACK, (i + 1) / tail.length)),
    ...hold,
    ...head.map((frame, i) => mixed(BLACK, frame, (i + 1) / head.length)),
  ]
}

const BLACK = Uint8Array.from({length: CLIP_FRAME_BYTES}, (_, i) => (i < LUMA_BYTES ? 16 : 128))

function mixed(a: Uint8Array, b: Uint8Array, share: number): Uint8Array {
  return a.map((value, i) => value + ((b[i] as number) - value) * share)
}

/** A photographer's flash in the middle of a shot: bright at once, gone within a few frames. */
function flash(shot: Uint8Array[], random: Random): void {
  const at = random.between(12, shot.length - 20)
  const frames = random.between(1, 5)
  for (let i = 0; i < frames; i++) {
    const strength = 0.9 * (1 - i / frames)
    shot[at + i] = (shot[at + i] as Uint8Array).map((value, byte) => value + ((byte < LUMA_BYTES ? 235 : 128) - value) * strength)
  }
}
