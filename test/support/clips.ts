import {execa} from 'execa'
import {findFfmpeg} from '../../dist/adapters/ffmpeg/find.js'

const found = (): ReturnType<typeof findFfmpeg> =>
  findFfmpeg({ffmpegPath: undefined, ffprobePath: undefined, path: process.env.PATH ?? ''})

/** Runs the ffmpeg that the program would take. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await execa((await found()).ffmpeg.path, ['-nostdin', '-v', 'error', '-y', ...args])
}

/** The chapters of a file, as ffprobe reads them. */
export async function chaptersIn(path: string): Promise<{startMs: number; endMs: number; title: string}[]> {
  const {stdout} = await execa((await found()).ffprobe.path, ['-v', 'error', '-of', 'json', '-show_chapters', path])
  const {chapters} = JSON.parse(stdout) as {chapters: {start_time: string; end_time: string; tags: {title: string}}[]}
  return chapters.map(({start_time, end_time, tags}) => ({
    startMs: Math.round(Number(start_time) * 1000),
    endMs: Math.round(Number(end_time) * 1000),
    title: tags.title,
  }))
}

/** Pictures that ffmpeg draws and nobody could take for one another. */
export const DRAWN = {
  counter: 'testsrc2=size=320x180:rate=25',
  fractal: 'mandelbrot=size=320x180:rate=25',
  bars: 'smptehdbars=size=320x180:rate=25',
  colours: 'rgbtestsrc=size=320x180:rate=25',
  cells: 'life=size=320x180:rate=25:ratio=0.3:seed=5:death_color=#305080:mold=10',
  black: 'color=black:size=320x180:rate=25',
} as const

/** ffmpeg's input of a drawn picture. */
export function drawn(source: keyof typeof DRAWN, seconds: number): string[] {
  return ['-t', String(seconds), '-f', 'lavfi', '-i', DRAWN[source]]
}

/** ffmpeg's input of a photo that stands still. */
export function photo(path: string, seconds: number): string[] {
  return ['-loop', '1', '-framerate', '25', '-t', String(seconds), '-i', path]
}

/** Joins inputs by hard cuts, and hands what comes out to `filter` and the encoder; they are made alike where `size` names one. */
export async function joinShots(
  path: string,
  inputs: readonly string[][],
  {filter = 'null', encode = ['-c:v', 'mpeg4', '-q:v', '2'], size}: {filter?: string; encode?: string[]; size?: string} = {},
): Promise<void> {
  const fit = size === undefined ? '' : `scale=${size}:force_original_aspect_ratio=increase,crop=${size},`
  const alike = inputs.map((_, i) => `[${i}:v]${fit}setsar=1[v${i}]`).join(';')
  const joined = `${inputs.map((_, i) => `[v${i}]`).join('')}concat=n=${inputs.length}:v=1,${filter}`
  await ffmpeg(...inputs.flat(), '-filter_complex', `${alike};${joined}`, '-pix_fmt', 'yuv420p', ...encode, path)
}

/** Joins drawn pictures of so many seconds each by hard cuts. */
export async function drawShots(
  path: string,
  shots: readonly [keyof typeof DRAWN, number][],
  options: {filter?: string; encode?: string[]} = {},
): Promise<void> {
  await joinShots(
    path,
    shots.map(([source, seconds]) => drawn(source, seconds)),
    options,
  )
}
