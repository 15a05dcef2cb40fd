import {MediaForgeError} from './errors.js'

/**
 * Reads a date as people type it, `2019`, `2019-06` or `2019-06-03`, and gives its first moment and the first moment after it, as ISO dates
 * that sort as text. Rejects anything else with `USAGE`.
 */
export function dateSpan(text: string): {from: string; until: string} {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text)
  const [, year, month, day] = match ?? []
  const date = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)))
  const from = Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10)
  if (match === null || !from.startsWith(text)) {
    throw new MediaForgeError('USAGE', `'${text}' is no date`, {
      hint: 'write a year, a month or a day: 2019, 2019-06 or 2019-06-03',
    })
  }
  if (day !== undefined) date.setUTCDate(date.getUTCDate() + 1)
  else if (month !== undefined) date.setUTCMonth(date.getUTCMonth() + 1)
  else date.setUTCFullYear(date.getUTCFullYear() + 1)
  return {from, until: date.toISOString().slice(0, 10)}
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
}

/** `500k`, `10MB`, `1.5g` to bytes. Rejects anything else with `USAGE`. */
export function parseSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = SIZE_UNITS[(unit ?? '?').toLowerCase()]
  if (number === undefined || factor === undefined) {
    throw new MediaForgeError('USAGE', `'${text}' is no size`, {hint: 'write a number with a unit: 500k, 10MB, 1.5g'})
  }
  return Math.round(Number(number) * factor)
}

/** `90`, `90s`, `5m`, `1h30m` or `1:30` to milliseconds. Rejects anything else with `USAGE`. */
export function parseDuration(text: string): number {
  const clock = /^(?:(\d+):)?(\d{1,2}):(\d{2})$/.exec(text)
  if (clock !== null) return ((Number(clock[1] ?? 0) * 60 + Number(clock[2])) * 60 + Number(clock[3])) * 1000
  const [, hours, minutes, seconds] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/i.exec(text) ?? []
  if (hours === undefined && minutes === undefined && seconds === undefined) {
    throw new MediaForgeError('USAGE', `'${text}' is no duration`, {
      hint: 'write seconds, or units, or a clock: 90, 5m, 1h30m, 1:30',
    })
  }
  return Math.round((Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1000)
}

/** Bytes for people: `1.2 MB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** Milliseconds as a clock: `1:05`, `2:03:09`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000)
  const pad = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`
}
