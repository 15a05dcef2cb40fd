import type {CaptureTime, MediaKind} from './media.js'

/** A file that stands beside others of the same name but for the extension. */
export interface Neighbour {
  contentId: number
  path: string
  kind: MediaKind
  durationMs: number | null
  captured: CaptureTime | null
}

/** What a person takes for one thing: a picture, with the raw file it was made from and the seconds that a live photo moves. */
export interface Item {
  main: Neighbour
  parts: Neighbour[]
}

const RAW = /\.(?:arw|cr2|cr3|crw|dng|erf|iiq|kdc|mrw|nef|nrw|orf|pef|raf|raw|rw2|sr2|srf|srw|x3f)$/i
const LIVE = /\.(?:mov|mp4)$/i
/** Live photos move for three seconds; some telephones take a little more. */
const LIVE_MS = 6000
/** How far the clocks of the two halves of a live photo may be apart. */
const SAME_MOMENT_MS = 5000
const QUARTER_MS = 900_000

/** Puts the files of one folder that share a name but for the extension together to items. What belongs to nothing is an item of its own. */
export function itemsOf(neighbours: readonly Neighbour[]): Item[] {
  const photos = neighbours.filter(({kind}) => kind === 'photo')
  const raws = photos.filter(({path}) => RAW.test(path))
  // A picture that a program made of another one, such as a PNG beside a JPEG, is a work of its own.
  const main =
    photos.find(({path}) => /\.(?:jpe?g|heic|heif|hif|avif)$/i.test(path)) ?? photos.find(({path}) => !RAW.test(path)) ?? raws[0]
  if (main === undefined) return neighbours.map(neighbour => ({main: neighbour, parts: []}))
  const parts = neighbours.filter(neighbour => neighbour !== main && (raws.includes(neighbour) || isLiveHalf(neighbour, main)))
  const others = neighbours.filter(neighbour => neighbour !== main && !parts.includes(neighbour))
  return [{main, parts}, ...others.map(neighbour => ({main: neighbour, parts: []}))]
}

function isLiveHalf(movie: Neighbour, photo: Neighbour): boolean {
  if (movie.kind !== 'video' || !LIVE.test(movie.path) || movie.durationMs === null || movie.durationMs > LIVE_MS) return false
  const [a, b] = [clockOf(movie.captured), clockOf(photo.captured)]
  if (a === null || b === null) return true
  // The one may be in UTC and the other local: whole quarters of an hour say nothing, up to the widest zone.
  const apart = Math.abs(a - b)
  const rest = apart % QUARTER_MS
  return apart <= 14 * 4 * QUARTER_MS + SAME_MOMENT_MS && Math.min(rest, QUARTER_MS - rest) <= SAME_MOMENT_MS
}

/** The time on the clock, in ms, where the camera itself wrote it; null where it is not known to the second. */
function clockOf(captured: CaptureTime | null): number | null {
  if (captured === null || (captured.source !== 'exif' && captured.source !== 'container') || captured.at.length < 19) return null
  return Date.parse(`${captured.at.slice(0, 19)}Z`)
}
