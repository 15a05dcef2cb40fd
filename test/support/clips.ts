import {execa} from 'execa'
import {findFfmpeg} from '../../dist/adapters/ffmpeg/find.js'

/** Runs the ffmpeg that the program would take. */
export async function ffmpeg(...args: string[]): Promise<void> {
  const found = await findFfmpeg({ffmpegPath: undefined, ffprobePath: undefined, path: process.env.PATH ?? ''})
  await execa(found.ffmpeg.path, ['-nostdin', '-v', 'error', '-y', ...args])
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

/** Joins drawn pictures of so many seconds each by hard cuts, and hands what comes out to `filter` and the encoder. */
export async function drawShots(
  path: string,
  shots: readonly [keyof typeof DRAWN, number][],
  {filter = 'null', encode = ['-c:v', 'mpeg4', '-q:v', '3']}: {filter?: string; encode?: string[]} = {},
): Promise<void> {
  const inputs = shots.flatMap(([source, seconds]) => ['-t', String(seconds), '-f', 'lavfi', '-i', DRAWN[source]])
  const alike = shots.map((_, i) => `[${i}:v]setsar=1[v${i}]`).join(';')
  const joined = `${shots.map((_, i) => `[v${i}]`).join('')}concat=n=${shots.length}:v=1,${filter}`
  await ffmpeg(...inputs, '-filter_complex', `${alike};${joined}`, '-pix_fmt', 'yuv420p', ...encode, path)
}

/** Joins photos of so many seconds each by hard cuts. */
export async function joinPhotos(path: string, photos: readonly string[], seconds: number): Promise<void> {
  const inputs = photos.flatMap(photo => ['-loop', '1', '-framerate', '25', '-t', String(seconds), '-i', photo])
  const size = 'scale=640:480:force_original_aspect_ratio=increase,crop=640:480,setsar=1'
  const alike = photos.map((_, i) => `[${i}:v]${size}[v${i}]`).join(';')
  const joined = `${photos.map((_, i) => `[v${i}]`).join('')}concat=n=${photos.length}:v=1`
  await ffmpeg(...inputs, '-filter_complex', `${alike};${joined}`, '-pix_fmt', 'yuv420p', '-c:v', 'mpeg4', '-q:v', '2', path)
}
