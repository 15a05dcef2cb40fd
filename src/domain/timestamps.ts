const WRITTEN =
  /^\s*(\d{4})(?:[:\-./](\d\d)(?:[:\-./](\d\d)(?:[ T]+(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?)?)?/

/**
 * A date as cameras and programs write it, `2019:02:03 14:05:06` or any part of ISO 8601, to ISO 8601: as exact as the text is, with the
 * zone it names, or else `offset`. Undefined for what is no date, such as the zeroes of a clock that was never set.
 */
export function readTimestamp(text: unknown, offset?: unknown): string | undefined {
  const [, year, month, day, hour, minute, second = '00', zone] = WRITTEN.exec(String(text)) ?? []
  if (year === undefined) return undefined
  if (month === undefined) return isoDate(year)
  if (hour === undefined || minute === undefined) return isoDate(year, month, day)
  const date = isoDate(year, month, day)
  const time = isoTime(hour, minute, second)
  if (date === undefined || time === undefined) return date
  return `${date}T${time}${isoZone(zone) ?? isoZone(offset) ?? ''}`
}

/** `2019`, `2019-02` or `2019-02-03`; undefined where the calendar has no such day. */
export function isoDate(year: string, month?: string, day?: string): string | undefined {
  if (month === undefined) return Number(year) > 0 ? year : undefined
  const date = new Date(`${year}-${month}-${day ?? '01'}T00:00:00Z`)
  // JavaScript takes the 30th of February for a day in March.
  const isReal = !Number.isNaN(date.getTime()) && date.getUTCMonth() + 1 === Number(month)
  if (!isReal) return undefined
  return day === undefined ? `${year}-${month}` : `${year}-${month}-${day}`
}

/** `14:05:06`; undefined for no time of day. */
export function isoTime(hour: string, minute: string, second: string): string | undefined {
  return Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60 ? `${hour}:${minute}:${second}` : undefined
}

function isoZone(zone: unknown): string | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(String(zone)) ?? []
  if (sign === undefined) return zone === 'Z' ? 'Z' : undefined
  return Number(hours) <= 14 && Number(minutes) < 60 ? `${sign}${hours}:${minutes}` : undefined
}

/** The year of the first photograph: scans of old pictures carry such dates. */
const FIRST_YEAR = 1826
/** Zones and clocks that are a little fast. */
const AHEAD_MS = 2 * 86_400_000
/** Where clocks begin that have lost their battery: Unix, QuickTime; FAT and many cameras at midnight. */
const DEAD_CLOCK = /^(1970-01-01|1904-01-01|1980-01-01T00:00:00|2000-01-01T00:00:00)/

/** Whether a file can have been made at this ISO date: not in the future, not before photography, and not where dead clocks begin. */
export function isPlausible(at: string, nowMs: number): boolean {
  const time = Date.parse(at)
  return !Number.isNaN(time) && Number(at.slice(0, 4)) >= FIRST_YEAR && time <= nowMs + AHEAD_MS && !DEAD_CLOCK.test(at)
}
