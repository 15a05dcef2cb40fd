import {MediaForgeError} from './errors.js'

const HOUR_MS = 3_600_000
const UNIT_MS: Readonly<Record<string, number>> = {
  h: HOUR_MS,
  d: 24 * HOUR_MS,
  w: 7 * 24 * HOUR_MS,
  m: 30 * 24 * HOUR_MS,
  y: 365 * 24 * HOUR_MS,
}

/** `12h`, `30d`, `2w`, `6m` (months of 30 days) or `1y` to milliseconds. Rejects anything else with `USAGE`. */
export function parseAge(text: string): number {
  const [, number, unit] = /^(\d+)\s*([hdwmy])$/i.exec(text.trim()) ?? []
  const factor = UNIT_MS[(unit ?? '?').toLowerCase()]
  if (number === undefined || factor === undefined) {
    throw new MediaForgeError('USAGE', `'${text}' is no length of time`, {
      hint: 'write a number with a unit, hours to years: 12h, 30d, 2w, 6m, 1y',
    })
  }
  return Number(number) * factor
}
