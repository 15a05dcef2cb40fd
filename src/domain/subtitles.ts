/** Words and the time in which they are said or shown. */
export interface Cue {
  startMs: number
  endMs: number
  text: string
}

/** Words with their time, and where they come from: a subtitle file, a stream in the video, or the model that listened. */
export interface TimedText extends Cue {
  source: string
}

/** Longer texts are no subtitles. */
const MOST_CUES = 50_000
const MOST_TEXT = 2000

/** `0:01:02,500`, `01:02.500`, `1:02:03.45`; hours may be left out, and fractions have any number of digits. */
const TIME = String.raw`(?:(\d+):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?`
const TIMING = new RegExp(String.raw`^\s*${TIME}\s*-->\s*${TIME}`)

/**
 * Reads SubRip and WebVTT: blocks of a timing line and lines of text. Markup, positions and speakers' voice tags are dropped, and so are cues
 * that say nothing or end before they begin. What is no subtitle gives an empty list.
 */
export function parseSubtitles(text: string): Cue[] {
  const cues: Cue[] = []
  let cue: Cue | null = null
  const end = (): void => {
    const words = cue === null ? '' : plain(cue.text)
    if (cue !== null && words !== '' && cue.endMs > cue.startMs && cues.length < MOST_CUES) cues.push({...cue, text: words})
    cue = null
  }
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const timing = TIMING.exec(line)
    if (timing !== null) {
      end()
      cue = {startMs: millis(timing.slice(1, 5)), endMs: millis(timing.slice(5, 9)), text: ''}
    } else if (line.trim() === '') end()
    else if (cue !== null) cue.text += `${line}\n`
  }
  end()
  return cues.sort((a, b) => a.startMs - b.startMs)
}

function millis([hours, minutes, seconds, fraction]: (string | undefined)[]): number {
  const whole = (Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds)
  return whole * 1000 + Number((fraction ?? '0').padEnd(3, '0'))
}

const ENTITIES: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', nbsp: ' ', lrm: '', rlm: '', quot: '"'}

function plain(text: string): string {
  return text
    .replace(/<[^>]*>|\{\\[^}]*\}/g, '')
    .replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_TEXT)
}

export const SUBTITLE_FORMATS = ['srt', 'vtt'] as const
export type SubtitleFormat = (typeof SUBTITLE_FORMATS)[number]

/** Cues as a subtitle file. */
export function subtitleText(cues: readonly Cue[], format: SubtitleFormat): string {
  return format === 'vtt' ? webVtt(cues) : subRip(cues)
}

function subRip(cues: readonly Cue[]): string {
  const time = (ms: number): string => webVttTime(ms).replace('.', ',')
  return cues.map(({startMs, endMs, text}, i) => `${i + 1}\n${time(startMs)} --> ${time(endMs)}\n${oneLine(text)}\n`).join('\n')
}

const ESCAPED: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;'}

/** As browsers and players read it: a text is one line, and none of it is markup. */
export function webVtt(cues: readonly Cue[]): string {
  const blocks = cues.map(({startMs, endMs, text}, i) => {
    const escaped = oneLine(text).replace(/[&<>]/g, character => ESCAPED[character] ?? character)
    return `${i + 1}\n${webVttTime(startMs)} --> ${webVttTime(endMs)}\n${escaped}\n`
  })
  return ['WEBVTT\n', ...blocks].join('\n')
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

/** Milliseconds as WebVTT writes them: `00:01:02.500`. */
export function webVttTime(ms: number): string {
  const pad = (value: number, digits: number): string => String(value).padStart(digits, '0')
  const whole = Math.round(ms)
  const seconds = Math.floor(whole / 1000)
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}.${pad(whole % 1000, 3)}`
}
