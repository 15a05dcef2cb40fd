import {decodeSubtitles} from '../domain/subtitle-encodings.js'
import {parseSubtitles, type TimedText} from '../domain/subtitles.js'
import type {ContentView} from '../domain/ports/library.js'
import type {Ports} from './ports.js'

type SubtitlePorts = Pick<Ports, 'files' | 'video'>

/**
 * What is said in a video or sound according to its subtitles: those in a file beside any of its copies, else those in a stream of it. Empty where there are
 * none that make sense: subtitles that cannot be read are no reason to refuse a video.
 */
export async function findSubtitles(
  {files, video}: SubtitlePorts,
  {locations}: ContentView,
  path: string,
  options: {signal: AbortSignal},
): Promise<TimedText[]> {
  for (const location of locations.filter(({state}) => state === 'present')) {
    for (const {path: source, bytes} of await files.companions(location.path, ['.srt', '.vtt'])) {
      const cues = parseSubtitles(decodeSubtitles(bytes))
      if (cues.length > 0) return cues.map(cue => ({...cue, source: source.slice(source.lastIndexOf('/') + 1)}))
    }
  }
  return parseSubtitles(decodeSubtitles(await video.subtitles(path, options))).map(cue => ({...cue, source: 'embedded'}))
}
