import {constants} from 'node:fs'
import {access} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {delimiter, join} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'

export interface FoundTool {
  path: string
  /** Where it was found: `configuration`, `PATH`, or the npm package that brought it. */
  source: string
}

export interface FoundTools {
  ffmpeg: FoundTool
  ffprobe: FoundTool
}

export interface FindConfig {
  ffmpegPath: string | undefined
  ffprobePath: string | undefined
  /** The `PATH` variable. */
  path: string
}

const require = createRequire(import.meta.url)

/**
 * Finds ffmpeg and ffprobe: as configured, else on the `PATH`, else those that npm packages bring. A configured path that cannot be run is an
 * error, not a reason to take another. Rejects with `FFMPEG_MISSING`.
 */
export async function findFfmpeg({ffmpegPath, ffprobePath, path}: FindConfig): Promise<FoundTools> {
  return {
    ffmpeg: await find('ffmpeg', ffmpegPath, path, {
      'ffmpeg-static': () => require('ffmpeg-static') as string | null,
      '@ffmpeg-installer/ffmpeg': () => (require('@ffmpeg-installer/ffmpeg') as {path: string}).path,
    }),
    ffprobe: await find('ffprobe', ffprobePath, path, {
      '@ffprobe-installer/ffprobe': () => (require('@ffprobe-installer/ffprobe') as {path: string}).path,
    }),
  }
}

async function find(
  name: 'ffmpeg' | 'ffprobe',
  configured: string | undefined,
  path: string,
  packages: Record<string, () => string | null>,
): Promise<FoundTool> {
  if (configured !== undefined) {
    if (await isRunnable(configured)) return {path: configured, source: 'configuration'}
    throw new MediaForgeError('FFMPEG_MISSING', `the configured ${name} ${configured} is not there or cannot be run`, {
      hint: `set MEDIAFORGE_${name.toUpperCase()} to its path, or unset it to let mediaforge look for one`,
    })
  }
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, process.platform === 'win32' ? `${name}.exe` : name)
    if (folder !== '' && (await isRunnable(candidate))) return {path: candidate, source: 'PATH'}
  }
  for (const [source, locate] of Object.entries(packages)) {
    const candidate = tryLocate(locate)
    if (candidate !== null && (await isRunnable(candidate))) return {path: candidate, source}
  }
  throw new MediaForgeError('FFMPEG_MISSING', `no ${name} was found`, {
    hint: 'install ffmpeg (on Debian: apt install ffmpeg), or name it in MEDIAFORGE_FFMPEG and MEDIAFORGE_FFPROBE',
  })
}

/** Optional packages may be absent, or have nothing for this platform; both throw. */
function tryLocate(locate: () => string | null): string | null {
  try {
    return locate()
  } catch {
    return null
  }
}

async function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** The version a tool prints of itself: `7.1.1-1`. */
export async function toolVersion({path}: FoundTool): Promise<string> {
  const {execa} = await import('execa')
  const {stdout} = await execa(path, ['-version'], {timeout: 10_000})
  return /version (\S+)/.exec(stdout)?.[1] ?? 'unknown'
}
