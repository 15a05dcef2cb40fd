import {webVttTime} from './subtitles.js'

/** The tiles of a sheet of previews, row by row. */
export const SPRITE = {columns: 10, tileWidth: 160, tileHeight: 90, mostTiles: 400} as const

/** Which tile belongs to which time, in WebVTT as players read it: `sprites.webp#xywh=160,0,160,90`. */
export function spriteCues(timesMs: readonly number[]): string {
  const {columns, tileWidth, tileHeight} = SPRITE
  const cues = timesMs.map((startMs, i) => {
    const endMs = timesMs[i + 1] ?? startMs + 10_000
    const x = (i % columns) * tileWidth
    const y = Math.floor(i / columns) * tileHeight
    return `${webVttTime(i === 0 ? 0 : startMs)} --> ${webVttTime(endMs)}\nsprites.webp#xywh=${x},${y},${tileWidth},${tileHeight}\n`
  })
  return ['WEBVTT\n', ...cues].join('\n')
}
