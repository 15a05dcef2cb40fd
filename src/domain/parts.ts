import type {CaptureTime, MediaKind} from './media.js'

/** A file that may belong together with others: by its name, which differs from theirs in the extension alone, or by what the camera wrote into it. */
export interface Neighbour {
  contentId: number
  path: string
  kind: MediaKind
  durationMs: number | null
  captured: CaptureTime | null
  /** The same in both halves of a live photo. */
  livePhotoId: string | null
  /** The same in all pictures of a burst. */
  burstId: string | null
  isBurstCover: boolean
}

/** What a person takes for one thing: a picture, with the raw file it was made from, the seconds that a live photo moves, and the rest of its burst. */
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
const BURST_COVER = /_BURST\d+_COVER\.[^.]*$/

/** An id that two files may share: a UUID, or as long and odd a word. Anything shorter may be in files that have nothing to do with one another. */
export function groupId(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  const id = text.replace(/\0+$/, '').trim()
  return /^[\w-]{16,64}$/.test(id) && new Set(id).size > 4 ? id : undefined
}

/** Puts files together to items. What belongs to nothing is an item of its own. */
export function itemsOf(neighbours: readonly Neighbour[]): Item[] {
  const ids = new Set(
    neighbours.flatMap(({kind, livePhotoId}) => (kind === 'photo' && livePhotoId !== null ? [livePhotoId] : [])),
  )
  const byName = [...groupsBy(neighbours, stemOf)].flatMap(([, files]) => itemsOfOneName(files, ids))
  return withBursts(withLiveHalves(byName))
}

/** Of files that share a name but for the extension; `ids`: the live photos whose still half is known. */
function itemsOfOneName(files: readonly Neighbour[], ids: ReadonlySet<string>): Item[] {
  const photos = files.filter(({kind}) => kind === 'photo')
  const raws = photos.filter(({path}) => RAW.test(path))
  // A picture that a program made of another one, such as a PNG beside a JPEG, is a work of its own.
  const main =
    photos.find(({path}) => /\.(?:jpe?g|heic|heif|hif|avif)$/i.test(path)) ?? photos.find(({path}) => !RAW.test(path)) ?? raws[0]
  if (main === undefined) return files.map(file => ({main: file, parts: []}))
  const parts = files.filter(file => file !== main && (raws.includes(file) || isLiveHalf(file, main, ids)))
  const others = files.filter(file => file !== main && !parts.includes(file))
  return [{main, parts}, ...others.map(file => ({main: file, parts: []}))]
}

/** Recordings that carry the id of a photo are its moving half, wherever and under whatever name. */
function withLiveHalves(items: readonly Item[]): Item[] {
  const photos = items.filter(({main}) => main.kind === 'photo' && main.livePhotoId !== null)
  const halves = new Map<Item, Item>()
  for (const item of items) {
    const {kind, livePhotoId} = item.main
    const photo = kind === 'video' ? photos.find(({main}) => main.livePhotoId === livePhotoId) : undefined
    if (photo !== undefined) halves.set(item, photo)
  }
  return items
    .filter(item => !halves.has(item))
    .map(item => ({
      ...item,
      parts: [...item.parts, ...[...halves].filter(([, photo]) => photo === item).map(([{main}]) => main)],
    }))
}

/** The pictures of a burst go with the one that the camera chose, or with the first of them. */
function withBursts(items: readonly Item[]): Item[] {
  return [...groupsBy(items, ({main}) => (main.kind === 'photo' ? burstOf(main) : null) ?? main)].map(([, frames]) => {
    const cover = frames.find(({main}) => main.isBurstCover || BURST_COVER.test(main.path)) ?? frames[0]
    const others = frames.filter(frame => frame !== cover)
    return {main: cover.main, parts: [...cover.parts, ...others.flatMap(({main, parts}) => [main, ...parts])]}
  })
}

/** The place and name without extension. */
function stemOf({path}: Neighbour): string {
  const dot = path.lastIndexOf('.')
  return dot <= path.lastIndexOf('/') + 1 ? path : path.slice(0, dot)
}

/** What the names of a burst begin with, where it is their names that tell: `IMG_20190203_140506_BURST001_COVER.jpg`; null for all others. */
export function burstStem(name: string): string | null {
  return /^.+_BURST(?=\d{1,4}(?!\d))/s.exec(name)?.[0] ?? null
}

function burstOf({path, burstId}: Neighbour): string | null {
  if (burstId !== null) return burstId
  const slash = path.lastIndexOf('/') + 1
  const stem = burstStem(path.slice(slash))
  return stem === null ? null : path.slice(0, slash) + stem
}

function groupsBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, [Item, ...Item[]]> {
  const groups = new Map<Key, [Item, ...Item[]]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

function isLiveHalf(movie: Neighbour, photo: Neighbour, ids: ReadonlySet<string>): boolean {
  if (movie.kind !== 'video' || !LIVE.test(movie.path) || movie.durationMs === null || movie.durationMs > LIVE_MS) return false
  if (movie.livePhotoId !== null && (photo.livePhotoId !== null || ids.has(movie.livePhotoId))) {
    return movie.livePhotoId === photo.livePhotoId
  }
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
