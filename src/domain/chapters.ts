import {webVtt} from './subtitles.js'

export interface Chapter {
  startMs: number
  endMs: number
  title: string
}

interface NamedShot {
  startMs: number
  endMs: number
  tags: readonly {name: string}[]
}

const NAMES_A_TITLE = 3

/**
 * Joins shots to chapters of at least a length, each called by what is seen in it for longest. What is left at the end and too short belongs to
 * the chapter before.
 */
export function chaptersOf(shots: readonly NamedShot[], leastMs: number): Chapter[] {
  const groups: NamedShot[][] = []
  for (const shot of shots) {
    const group = groups.at(-1)
    if (group === undefined || lengthOf(group) >= leastMs) groups.push([shot])
    else group.push(shot)
  }
  const rest = groups.at(-1)
  const before = groups.at(-2)
  if (rest !== undefined && before !== undefined && lengthOf(rest) < leastMs) before.push(...(groups.pop() ?? []))
  return groups.map((group, i) => ({
    startMs: group[0]?.startMs ?? 0,
    endMs: group.at(-1)?.endMs ?? 0,
    title: titleOf(group) || `Chapter ${i + 1}`,
  }))
}

function lengthOf(group: readonly NamedShot[]): number {
  return (group.at(-1)?.endMs ?? 0) - (group[0]?.startMs ?? 0)
}

function titleOf(group: readonly NamedShot[]): string {
  const lengths = new Map<string, number>()
  for (const {startMs, endMs, tags} of group) {
    for (const {name} of tags) lengths.set(name, (lengths.get(name) ?? 0) + endMs - startMs)
  }
  return [...lengths]
    .sort((a, b) => b[1] - a[1])
    .slice(0, NAMES_A_TITLE)
    .map(([name]) => name)
    .join(', ')
}

/** Chapters as ffmpeg reads them: `ffmpeg -i in.mp4 -i chapters.txt -map_metadata 1 -c copy out.mp4`. */
export function ffmetadata(chapters: readonly Chapter[]): string {
  const blocks = chapters.map(
    ({startMs, endMs, title}) =>
      `[CHAPTER]\nTIMEBASE=1/1000\nSTART=${startMs}\nEND=${endMs}\ntitle=${title.replace(/[=;#\\\n]/g, '\\$&')}\n`,
  )
  return [';FFMETADATA1\n', ...blocks].join('\n')
}

/** Chapters as browsers and players read them. */
export function webVttChapters(chapters: readonly Chapter[]): string {
  return webVtt(chapters.map(({title, ...span}) => ({...span, text: title})))
}
