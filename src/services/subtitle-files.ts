import {isFatal, MediaForgeError, messageOf, type ErrorCode} from '../domain/errors.js'
import type {ContentView} from '../domain/ports/library.js'
import {subtitleText, type SubtitleFormat} from '../domain/subtitles.js'
import {allContents} from './all-contents.js'
import type {Ports} from './ports.js'

export interface SubtitleFiles {
  written: string[]
  /** Files of that name were there already. */
  kept: string[]
  failures: {path: string; code: ErrorCode; message: string}[]
}

/** Where subtitles are written: beside the media, or below `to` at the file's whole path. */
export interface SubtitleTarget {
  format: SubtitleFormat
  to?: string
}

/**
 * Writes what is said in some contents, or in all where none is named, as subtitle files beside every copy, under its name: `talk.srt` beside `talk.mp4`.
 * What comes from a subtitle file is in one already. Nothing is written over; what cannot be written is a row in the report.
 */
export async function writeSubtitles(
  ports: Pick<Ports, 'library' | 'files'>,
  contentIds: readonly number[],
  target: SubtitleTarget,
  {signal}: {signal: AbortSignal},
): Promise<SubtitleFiles> {
  const report: SubtitleFiles = {written: [], kept: [], failures: []}
  if (contentIds.length === 0) {
    for await (const content of allContents(ports.library, signal)) await writeBeside(content, ports, target, report)
    return report
  }
  for (const id of new Set(contentIds)) {
    const content = await ports.library.content(id)
    if (content !== null) await writeBeside(content, ports, target, report)
  }
  return report
}

async function writeBeside(
  {id, locations}: ContentView,
  {library, files}: Pick<Ports, 'library' | 'files'>,
  {format, to = ''}: SubtitleTarget,
  report: SubtitleFiles,
): Promise<void> {
  const cues = (await library.cues(id)).filter(({source}) => !/\.(srt|vtt)$/i.test(source))
  if (cues.length === 0) return
  const text = subtitleText(cues, format)
  for (const {path, state} of locations) {
    if (state !== 'present') continue
    const target = `${to}${path.replace(/\.[^./]*$/, '')}.${format}`
    try {
      const list = (await files.writeNew(target, text)) ? report.written : report.kept
      list.push(target)
    } catch (error) {
      const endsAll: boolean = isFatal(error)
      if (endsAll || !(error instanceof MediaForgeError)) throw error
      report.failures.push({path, code: error.code, message: messageOf(error)})
    }
  }
}
