import type {Highlight} from '../../domain/highlights.js'
import type {Caption} from '../../domain/ports/library.js'
import type {SoundView} from '../../domain/sound.js'
import type {Cue} from '../../domain/subtitles.js'
import {formatDuration} from '../../domain/units.js'
import type {FileView} from '../../services/files.js'
import type {SubtitleFiles} from '../../services/subtitle-files.js'
import type {TranscriptReport} from '../../services/transcripts.js'
import {drainText} from './report.js'
import {count, indented, safe, shortPath, table} from './text.js'

/** A film has more shots, and more is said in it, than a person reads: `--json` has them all. */
const MOST_LINES = 60
const TAGS_SHOWN = 5

/** How loud it is, as labelled lines. */
export function soundRows({loudness}: SoundView): [string, string][] {
  if (loudness === null) return []
  const {integratedLufs, rangeLu, truePeakDbtp} = loudness
  return [['loudness', `${integratedLufs} LUFS, range ${rangeLu} LU, peak ${truePeakDbtp} dBTP`]]
}

/** `a dog in the snow  (florence-2)` */
export function captionText({text, model}: Caption): string {
  return `${safe(text)}  (${safe(model)})`
}

/** Captions, shots, sounds and words with their times, a block each. */
export function momentsText({captions, shots, sound, cues}: Pick<FileView, 'captions' | 'shots' | 'sound' | 'cues'>): string[] {
  const shotRows = shots.map(({startMs, endMs, transition, tags}) => [
    span({startMs, endMs}),
    transition === 'start' ? '' : transition,
    safe(
      tags
        .slice(0, TAGS_SHOWN)
        .map(({name, confidence}) => `${name} ${confidence.toFixed(2)}`)
        .join(', '),
    ),
  ])
  const soundRows = (sound?.sounds ?? []).map(({label, score, ...heard}) => [span(heard), safe(label), score.toFixed(2)])
  const captionRows = captions.map(caption => [formatDuration(caption.atMs), captionText(caption)])
  return [
    ...block('shows', captionRows),
    ...block('shots', shotRows),
    ...block('sounds', soundRows),
    ...block('words', cueRows(cues)),
  ]
}

/** What is said, a line each. */
export function cuesText(cues: readonly Cue[]): string {
  return table(cueRows(cues))
}

/** How many files were written down, or only looked through for subtitles, where there is no model that could do more. */
export function transcriptText(report: TranscriptReport): string {
  if (report.model !== null || report.paused)
    return report.queued === 0 ? 'everything is written down already' : drainText(report)
  const read =
    report.queued === 0 ? 'all subtitles are read already' : `${count(report.done.transcribe, 'file')} searched for subtitles`
  return `${read}; no model writes down what has none: mediaforge models pull whisper-base`
}

/** Subtitle files that were written, and how many were there already. */
export function subtitleFilesText({written, kept}: SubtitleFiles): string {
  const lines = written.map(path => shortPath(path))
  if (kept.length > 0)
    lines.push(
      `${count(kept.length, 'subtitle file')} of that name there already, left as ${kept.length === 1 ? 'it is' : 'they are'}`,
    )
  return lines.length === 0 ? 'no subtitle files to write' : lines.join('\n')
}

function cueRows(cues: readonly Cue[]): string[][] {
  return cues.map(({text, ...said}) => [span(said), safe(text)])
}

/** Ranked shots with what speaks for each. */
export function highlightsText(highlights: readonly Highlight[]): string {
  return table([
    ['score', 'shot', 'motion', 'seen', 'loud'],
    ...highlights.map(({score, motion, objects, loudness, ...shot}) => [
      score.toFixed(2),
      span(shot),
      ...[motion, objects, loudness].map(part => part.toFixed(2)),
    ]),
  ])
}

function block(title: string, rows: string[][]): string[] {
  if (rows.length === 0) return []
  const more = rows.length > MOST_LINES ? `\n  … and ${rows.length - MOST_LINES} more: --json` : ''
  return [`${title}\n${indented(table(rows.slice(0, MOST_LINES)))}${more}`]
}

function span({startMs, endMs}: {startMs: number; endMs: number}): string {
  return `${formatDuration(startMs)}–${formatDuration(endMs)}`
}
