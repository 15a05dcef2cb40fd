import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import type {Ports} from '../../services/ports.js'

/** The size and rate of every clip that is made. */
export const CLIP = {width: 320, height: 180, framesPerSecond: 25} as const

/** One planar YUV 4:2:0 frame after the other. */
export const CLIP_FRAME_BYTES = (CLIP.width * CLIP.height * 3) / 2

/** Where the frames of a shot come from: ffmpeg's input, and the filter that makes a shot of it. */
export interface Footage {
  input: string[]
  filter: string
  /** A camera that moves, zooms or shakes. */
  moves: boolean
  isVideo: boolean
}

/** How long a shot may be taken from each footage. */
export const FOOTAGE_SECONDS = 4

const FIT = `scale=${CLIP.width}:${CLIP.height}:force_original_aspect_ratio=increase,crop=${CLIP.width}:${CLIP.height},setsar=1`
/** A picture twice as large as what is shown of it, for the camera to move over. */
const STAGE = 'scale=720:405:force_original_aspect_ratio=increase,crop=720:405'

/** What a camera does over a picture; `t` is the time in seconds. */
const CAMERAS = [
  `${STAGE},crop=480:270:x='240*t/${FOOTAGE_SECONDS}':y=60,${FIT}`,
  `${STAGE},crop=480:270:x='120+40*sin(9*t)':y='67+25*sin(13*t)',${FIT}`,
  `${STAGE},zoompan=z='1+0.006*on':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=1:fps=${CLIP.framesPerSecond}:s=${CLIP.width}x${CLIP.height},setsar=1`,
  `${STAGE},crop=480:270:x=120:y='135-135*t/${FOOTAGE_SECONDS}',${FIT}`,
]

const TEST_SOURCES = [
  'testsrc2=size=640x360:rate=25',
  'mandelbrot=size=640x360:rate=25',
  'life=size=320x180:rate=25:ratio=0.2:seed=3:mold=20:death_color=#203060',
  'smptehdbars=size=640x360:rate=25',
]

/**
 * Footage of the named folders: their videos a few seconds at a time, their photos under a camera that stands still or moves. Where no folder
 * is named, drawn pictures stand in for photos. ffmpeg's test sources are always among it.
 */
export async function gatherFootage(
  {samples, video}: Pick<Ports, 'samples' | 'video'>,
  folders: readonly string[],
  temporary: string,
  signal: AbortSignal,
): Promise<Footage[]> {
  if (folders.length === 0) await samples.make(temporary, {signal})
  const photos: string[] = []
  const videos: string[] = []
  for (const folder of folders.length === 0 ? [temporary] : folders) {
    for (const name of (await readdir(folder)).sort()) {
      if (/\.(?:jpe?g|png|webp)$/i.test(name)) photos.push(join(folder, name))
      else if (/\.(?:mp4|mov|mkv|webm|avi|m4v)$/i.test(name)) videos.push(join(folder, name))
    }
  }
  const footage: Footage[] = TEST_SOURCES.map(source => ({
    input: ['-f', 'lavfi', '-i', source],
    filter: FIT,
    moves: false,
    isVideo: false,
  }))
  for (const path of videos) {
    const {durationMs = 0} = await video.probe(path, {signal})
    for (let at = 1; at + FOOTAGE_SECONDS <= durationMs / 1000; at += FOOTAGE_SECONDS / 2) {
      footage.push({input: ['-ss', String(at), '-i', path], filter: FIT, moves: false, isVideo: true})
    }
  }
  for (const [i, path] of photos.slice(0, MOST_PHOTOS).entries()) {
    const camera = i % 2 === 0 ? undefined : CAMERAS[(i >> 1) % CAMERAS.length]
    footage.push({
      input: ['-loop', '1', '-framerate', String(CLIP.framesPerSecond), '-i', path],
      filter: camera ?? FIT,
      moves: camera !== undefined,
      isVideo: false,
    })
  }
  return footage
}

const MOST_PHOTOS = 32
