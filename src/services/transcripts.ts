import {MediaForgeError} from '../domain/errors.js'
import type {TimedText} from '../domain/subtitles.js'
import {contentIdOf} from './files.js'
import type {Ports} from './ports.js'
import {transcribeVersion} from './stages/transcribe.js'
import {writeSubtitles, type SubtitleFiles, type SubtitleTarget} from './subtitle-files.js'
import {drain, type DrainReport} from './worker.js'

export interface TranscriptReport extends DrainReport {
  /** Files put on the queue now. */
  queued: number
  /** The model that listened where there were no subtitles; null where there is none. */
  model: string | null
  /** What is said in each file that was named. */
  files: {path: string; cues: TimedText[]}[]
  /** Subtitle files that were asked for; null where none were. */
  subtitles: SubtitleFiles | null
}

/**
 * Writes down what is said in some files, or where none is named in all that have none yet, and on request into subtitle files, too. Rejects with
 * `NOT_IN_LIBRARY`, and with `MODEL_MISSING` where a named file has no subtitles and there is no model.
 */
export async function transcribe(
  ports: Ports,
  {paths, subtitles: target}: {paths: readonly string[]; subtitles?: SubtitleTarget},
  options: {signal: AbortSignal},
): Promise<TranscriptReport> {
  const {library} = ports
  const named = []
  for (const path of paths) named.push({path, contentId: await contentIdOf(ports, path)})
  for (const {path, contentId} of named) {
    if ((await library.content(contentId))?.format.kind === 'photo') {
      throw new MediaForgeError('USAGE', `${path} is a picture: nobody speaks in it`)
    }
  }
  // Which stretches are voiced is heard first.
  await drain(ports, {kinds: ['inspect', 'listen']}, options)
  const transcriber = await ports.transcriber()
  const queued =
    paths.length > 0
      ? await library.enqueue(named.map(({contentId}) => ({kind: 'transcribe', subject: contentId})))
      : await library.enqueueStale('transcribe', transcribeVersion(transcriber))
  const report = await drain(ports, {kinds: ['transcribe']}, options)
  const files = []
  for (const {path, contentId} of named) files.push({path, cues: await library.cues(contentId)})
  if (transcriber === null && files.some(({cues}) => cues.length === 0)) {
    throw new MediaForgeError('MODEL_MISSING', 'there are no subtitles, and there is no model that writes down speech', {
      hint: 'mediaforge models pull whisper-base; or put subtitles beside the file',
    })
  }
  const ids = named.map(({contentId}) => contentId)
  const subtitles = target === undefined ? null : await writeSubtitles(ports, ids, target, options)
  return {...report, queued, model: transcriber?.model ?? null, files, subtitles}
}
