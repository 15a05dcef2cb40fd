import {isoDate, isoTime} from './timestamps.js'

const YEAR = '((?:18|19|20)\\d\\d)'
const DATE = `(?<!\\d)${YEAR}([-_. ]?)(0[1-9]|1[0-2])\\2(0[1-9]|[12]\\d|3[01])`
/** What stands between date and time: nothing, one character, or a word of the language the system speaks. */
const BETWEEN = '(?:[-_ T]?|,? +(?:at|um|à|a las|alle|om|kl\\.?|às|в) +)'
/** `14.05.06`, `2-05-06 PM`, `140506`, perhaps with milliseconds. */
const TIME = '(?:(\\d{1,2})([-_.:])(\\d\\d)\\6(\\d\\d)|(\\d\\d)(\\d\\d)(\\d\\d)(?:\\d{3})?)(?!\\d)'

const DATE_TIME = new RegExp(`${DATE}${BETWEEN}${TIME}(?:\\s*([AP])\\.?M\\b)?`, 'iu')
const DATE_ONLY = new RegExp(`${DATE}(?!\\d)`, 'u')
const DAY_FIRST = new RegExp(`(?<!\\d)(0[1-9]|[12]\\d|3[01])\\.(0[1-9]|1[0-2])\\.${YEAR}(?!\\d)`, 'u')

/**
 * When a file was made as its name tells: `IMG_20190203_140506.jpg`, `PXL_20210102_030405678.jpg`, `IMG-20230914-WA0003.jpg`,
 * `Screenshot 2023-09-14 at 10.11.12.png`, `signal-2021-03-04-101112.jpg`. ISO 8601, local time, but for the `PXL_` names of Pixel
 * telephones, which are in UTC; undefined where the name holds no date.
 */
export function dateInName(name: string): string | undefined {
  const stem = name.normalize('NFC').replace(/\.[^.]{1,5}$/, '')
  const timed = DATE_TIME.exec(stem)
  if (timed !== null) {
    const [, year = '', , month, day, hour, , minute, second, hours, minutes, seconds, half] = timed
    const date = isoDate(year, month, day)
    const time = isoTime(hourOf(hour ?? hours ?? '', half), minute ?? minutes ?? '', second ?? seconds ?? '')
    if (date !== undefined && time !== undefined) return `${date}T${time}${/^PXL_/i.test(stem) ? 'Z' : ''}`
  }
  const [, year, , month, day] = DATE_ONLY.exec(stem) ?? []
  if (year !== undefined) return isoDate(year, month, day)
  const [, dayFirst, monthSecond, yearLast] = DAY_FIRST.exec(stem) ?? []
  return yearLast === undefined ? undefined : isoDate(yearLast, monthSecond, dayFirst)
}

/** `2` and `PM` to `14`. */
function hourOf(hour: string, half: string | undefined): string {
  if (half === undefined) return hour.padStart(2, '0')
  return String((Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0)).padStart(2, '0')
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ')
const MONTH_FIRST = new RegExp(`^(?:${YEAR}[-_. ]+)?(0[1-9]|1[0-2])(?!\\d)`, 'u')
const YEAR_MONTH = new RegExp(`(?<!\\d)${YEAR}[-_.](0[1-9]|1[0-2])(?![\\d])`, 'u')
const YEAR_EDGE = new RegExp(`^${YEAR}(?![\\p{L}\\d])(?!\\s*[-–]\\s*\\d)|(?<![\\p{L}\\d]|\\d\\s*[-–]\\s*)${YEAR}$`, 'u')

/**
 * When the files of a folder were made as its names tell, the deepest first: `2019/2019-06 Greece` is `2019-06`, `2019/06/03` is a day,
 * `Photos from 2019` and `Greece 2019` are years. ISO 8601; undefined where no folder holds a date.
 */
export function dateInFolders(path: string): string | undefined {
  const folders = path.normalize('NFC').split(/[/\\]/).filter(Boolean)
  for (let depth = folders.length; depth > 0; depth--) {
    const [grandparent = '', parent = '', name = ''] = ['', '', ...folders.slice(0, depth)].slice(-3)
    const date = dateInFolder(name, parent, grandparent)
    if (date !== undefined) return date
  }
  return undefined
}

function dateInFolder(name: string, parent: string, grandparent: string): string | undefined {
  const written = dateInName(`${name}.dir`)
  if (written !== undefined) return written.slice(0, 10)
  const [, year, month] = YEAR_MONTH.exec(name) ?? []
  if (year !== undefined) return isoDate(year, month)
  const own = yearIn(name)
  if (own !== undefined) return isoDate(own, monthNamed(name))
  // `2019/06/03` and `2019/06 Greece`: the year stands above.
  const day = /^(0[1-9]|[12]\d|3[01])(?!\d)/.exec(name)?.[1]
  const yearAbove = yearIn(parent)
  if (yearAbove !== undefined) {
    const monthHere = MONTH_FIRST.exec(name)?.[2] ?? monthNamed(name)
    return monthHere === undefined ? undefined : isoDate(yearAbove, monthHere)
  }
  const yearFarAbove = yearIn(grandparent)
  const monthAbove = MONTH_FIRST.exec(parent)?.[2]
  if (yearFarAbove === undefined || monthAbove === undefined || day === undefined) return undefined
  return isoDate(yearFarAbove, monthAbove, day)
}

/** A year at either end of a name; in the middle it may be a number of anything, and `2010-2019` is no year. */
function yearIn(name: string): string | undefined {
  const [, first, last] = YEAR_EDGE.exec(name.trim()) ?? []
  return first ?? last
}

/** `June`, also shortened to three letters, as the number of the month. */
function monthNamed(name: string): string | undefined {
  for (const word of name.toLowerCase().split(/[^\p{L}]+/u)) {
    const index = MONTHS.findIndex(month => month === word || (word.length === 3 && month.startsWith(word)))
    if (index >= 0) return String(index + 1).padStart(2, '0')
  }
  return undefined
}
