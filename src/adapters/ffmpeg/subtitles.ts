import {mkdtemp, open, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import type {EmbeddedSubtitles} from '../../domain/ports/media-tools.js'
import type {SubtitleStream} from './probe.js'
import {inputArgs, runTool, type RunOptions} from './run.js'

/** Of one stream: too much for words is cut off. */
const MOST_BYTES = 16_000_000
/** Films for all the world have dozens. */
const MOST_STREAMS = 16

/**
 * The subtitles of some streams, in one pass over the file. A stream that cannot be read is left out: it is no reason to refuse a video. Rejects as
 * `runTool` does but for that.
 */
export async function readSubtitles(
  ffmpeg: string,
  path: string,
  streams: readonly SubtitleStream[],
  options: RunOptions,
): Promise<EmbeddedSubtitles[]> {
  if (streams.length === 0) return []
  const folder = await mkdtemp(join(tmpdir(), 'mediaforge-subtitles-'))
  try {
    const wanted = streams.slice(0, MOST_STREAMS).map(stream => ({...stream, target: join(folder, `${stream.index}.srt`)}))
    const outputs = wanted.flatMap(({index, target}) => [
      ...['-map', `0:s:${index}`, '-fs', String(MOST_BYTES), '-f', 'srt', `file:${target}`],
    ])
    // In whatever encoding they are: ffmpeg would drop what is no UTF-8.
    const args = ['-nostdin', '-v', 'error', '-sub_charenc_mode', 'ignore', ...inputArgs(path), ...outputs]
    await runTool(ffmpeg, args, options).catch((error: unknown) => {
      if (!(error instanceof MediaForgeError && error.code === 'FILE_BROKEN')) throw error
    })
    const read = wanted.map(async ({language, isVariant, target}) => ({language, isVariant, bytes: await head(target)}))
    return (await Promise.all(read)).filter(({bytes}) => bytes.length > 0)
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** Nothing of a file that is not there. */
async function head(path: string): Promise<Uint8Array> {
  const file = await open(path).catch(() => null)
  if (file === null) return new Uint8Array(0)
  try {
    const {size} = await file.stat()
    const {buffer, bytesRead} = await file.read(Buffer.alloc(Math.min(size, MOST_BYTES)))
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
