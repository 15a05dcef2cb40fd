import {mkdir, mkdtemp, rename, rm, stat, utimes} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, extname, join} from 'node:path'
import type {Sharp} from 'sharp'
import {throwIfCancelled} from '../../domain/errors.js'
import type {Sample, SampleMaker} from '../../domain/ports/samples.js'
import {PICTURES, SOUNDS, VIDEO, type PictureSample, type SoundSample} from './catalogue.js'
import {airplane, sky} from './scenes.js'

interface SampleMakerConfig {
  /** Runs ffmpeg with these arguments. */
  runFfmpeg: (args: string[], options: {signal: AbortSignal}) => Promise<unknown>
}

/** Writes one sample to a path whose extension says in which format. */
type Make = (path: string) => Promise<unknown>

/** ffmpeg, quiet, with these inputs and outputs. */
type Encode = (args: string[]) => Promise<unknown>

/** Draws the pictures with sharp, and has ffmpeg make the video and the sounds: nothing is shipped, nothing is fetched. */
export function openSampleMaker({runFfmpeg}: SampleMakerConfig): SampleMaker {
  return {
    async make(folder, {signal}) {
      const encode: Encode = args => runFfmpeg(['-nostdin', '-v', 'error', '-y', ...args], {signal})
      const samples: (Omit<Sample, 'path'> & {name: string; at: string; make: Make})[] = [
        ...PICTURES.map(picture => ({...picture, kind: 'photo' as const, make: (path: string) => draw(picture, path)})),
        {...VIDEO, kind: 'video', make: path => film(path, encode)},
        ...SOUNDS.map(sound => ({...sound, kind: 'audio' as const, make: (path: string) => play(sound, path, encode)})),
      ]
      await mkdir(folder, {recursive: true})
      const made: Sample[] = []
      for (const {name, kind, shows, at, make} of samples) {
        throwIfCancelled(signal)
        const path = join(folder, name)
        if (!(await isThere(path))) await makeWhole(path, new Date(at), make)
        made.push({path, kind, shows})
      }
      return made
    },
  }
}

/** Nobody sees half a sample: it is written under a hidden name first, and gets the time at which it was "taken". */
async function makeWhole(path: string, at: Date, make: Make): Promise<void> {
  const part = join(dirname(path), `.${process.pid}.part${extname(path)}`)
  try {
    await make(part)
    await utimes(part, at, at)
    await rename(part, path)
  } finally {
    await rm(part, {force: true})
  }
}

async function draw(sample: PictureSample, path: string): Promise<void> {
  const picture = encoded(await render(sample.svg), extname(path))
  await (sample.bare === true ? picture : picture.withExif(exifOf(sample))).toFile(path)
}

async function render(svg: string): Promise<Sharp> {
  const {default: sharp} = await import('sharp')
  return sharp(Buffer.from(svg))
}

function encoded(picture: Sharp, extension: string): Sharp {
  if (extension === '.png') return picture.png({palette: true})
  return extension === '.webp' ? picture.webp({quality: 85}) : picture.flatten().jpeg({quality: 88})
}

/** sharp names the blocks as libvips does: IFD2 is the Exif block, IFD3 the GPS block. */
function exifOf({at, place}: PictureSample) {
  const taken = at.replaceAll('-', ':').replace('T', ' ')
  const where =
    place === undefined
      ? {}
      : {
          IFD3: {
            GPSLatitudeRef: place[0] < 0 ? 'S' : 'N',
            GPSLatitude: degrees(place[0]),
            GPSLongitudeRef: place[1] < 0 ? 'W' : 'E',
            GPSLongitude: degrees(place[1]),
          },
        }
  return {IFD2: {DateTimeOriginal: taken}, ...where}
}

/** `46/1 57/1 0/1`: degrees, minutes and seconds as fractions. */
function degrees(angle: number): string {
  const minutes = Math.round(Math.abs(angle) * 60)
  return `${Math.floor(minutes / 60)}/1 ${minutes % 60}/1 0/1`
}

/** An airplane crosses the sky in four seconds. MPEG-4 Part 2, since every build of ffmpeg has its encoder. */
async function film(path: string, encode: Encode): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mediaforge-demo-'))
  const inputs: string[] = []
  try {
    for (const [name, svg] of Object.entries({sky, airplane})) {
      const input = join(folder, `${name}.png`)
      await (await render(svg)).png().toFile(input)
      inputs.push('-loop', '1', '-framerate', '24', '-i', input)
    }
    await encode([
      ...inputs,
      ...['-filter_complex', "overlay=x='-280+200*t':y='170-20*t'", '-t', '4'],
      ...['-c:v', 'mpeg4', '-q:v', '4', '-pix_fmt', 'yuv420p'],
      ...metadata({creation_time: `${VIDEO.at}Z`, ...(VIDEO.place === undefined ? {} : {location: iso6709(VIDEO.place)})}),
      path,
    ])
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

async function play({source, title, artist, genre, at}: SoundSample, path: string, encode: Encode): Promise<void> {
  await encode(['-f', 'lavfi', '-i', source, ...metadata({title, artist, genre, date: at.slice(0, 10)}), path])
}

function metadata(fields: Record<string, string>): string[] {
  return Object.entries(fields).flatMap(([name, value]) => ['-metadata', `${name}=${value}`])
}

/** Degrees with a sign and leading zeros: `+46.9500+007.4500/`. */
function iso6709([latitude, longitude]: readonly [number, number]): string {
  const signed = (angle: number, width: number) => (angle < 0 ? '-' : '+') + Math.abs(angle).toFixed(4).padStart(width, '0')
  return `${signed(latitude, 7)}${signed(longitude, 8)}/`
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    stats => stats.isFile() && stats.size > 0,
    () => false,
  )
}
