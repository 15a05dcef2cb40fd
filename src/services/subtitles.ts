import {decodeSubtitles} from '../domain/subtitle-encodings.js'
import {parseSubtitles, type TimedText} from '../domain/subtitles.js'
import type {ContentView} from '../domain/ports/library.js'
import type {Ports} from './ports.js'

type SubtitlePorts = Pick<Ports, 'files' | 'video'>

/**
 * What is said in a video or sound according to its subtitles: those in files beside any of its copies, in every language there is, else those in its
 * streams. Empty where there are none that make sense: subtitles that cannot be read are no reason to refuse a video.
 */
export async function findSubtitles(
  {files, video}: SubtitlePorts,
  {locations}: Pick<ContentView, 'locations'>,
  path: string,
  options: {signal: AbortSignal},
): Promise<TimedText[]> {
  for (const location of locations.filter(({state}) => state === 'present')) {
    const beside = await files.companions(location.path, ['.srt', '.vtt'])
    const cues = inEveryLanguage(
      beside.map(({path: source, bytes}) => ({name: source.slice(source.lastIndexOf('/') + 1), bytes})),
    )
    if (cues.length > 0) return cues
  }
  const within = (await video.subtitles(path, options)).map(({language, isVariant, bytes}, i) => ({
    // A stream that names no language is one of its own.
    name: `embedded.${language ?? i}${isVariant ? '.sdh' : ''}.srt`,
    bytes,
  }))
  return inEveryLanguage(within).map(cue => ({...cue, source: 'embedded'}))
}

/** What says less or more than the plain subtitles of the same language: `film.en.forced.srt`, `film.en.sdh.srt`. */
const VARIANT = /\.(forced|sdh|cc|hi|default)(?=\.)/gi

/** Of each language the plainest file that makes sense; what two of them say alike at the same time is there once. */
function inEveryLanguage(found: readonly {name: string; bytes: Uint8Array}[]): TimedText[] {
  const plainFirst = [...found].sort((a, b) => (a.name.match(VARIANT)?.length ?? 0) - (b.name.match(VARIANT)?.length ?? 0))
  const languages = new Set<string>()
  const cues = new Map<string, TimedText>()
  for (const {name, bytes} of plainFirst) {
    const language = name
      .replace(VARIANT, '')
      .toLowerCase()
      .replace(/\.\w+$/, '')
    if (languages.has(language)) continue
    const said = parseSubtitles(decodeSubtitles(bytes))
    if (said.length > 0) languages.add(language)
    for (const cue of said) {
      const key = `${cue.startMs} ${cue.text}`
      if (!cues.has(key)) cues.set(key, {...cue, source: name})
    }
  }
  return [...cues.values()].sort((a, b) => a.startMs - b.startMs)
}
