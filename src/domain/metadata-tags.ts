import type {CaptureTime, FileFormat, MediaFacts, MediaKind, PictureStatistics} from './media.js'
import {normaliseName, normaliseTag} from './tag-names.js'
import type {Tag} from './tags.js'

/** Below this the picture is dark enough to be a night scene when the clock agrees. */
const DARK = 0.3
/** Least ratio of the sides that only a panorama or a crop of one has. */
const PANORAMA_RATIO = 2.2

/** The evidence of one content, without any model. */
export interface Evidence {
  format: FileFormat
  facts: MediaFacts
  statistics: PictureStatistics | null
  /** Place names of its coordinates. */
  places: string[]
}

/**
 * Tags that the file itself proves, and only where the evidence is plain: a season needs a real capture date and a latitude outside the
 * tropics, a night needs both the hour and a dark picture.
 */
export function metadataTags({format, facts, statistics, places}: Evidence): Tag[] {
  const tags = new Map<string, number>()
  const add = (name: string | undefined, confidence = 1, normalise = normaliseName): void => {
    const tag = name === undefined ? '' : normalise(name)
    if (tag !== '' && tag.length <= 60) tags.set(tag, Math.max(confidence, tags.get(tag) ?? 0))
  }
  for (const keyword of facts.keywords ?? []) add(keyword, 1, normaliseTag)
  for (const person of facts.people ?? []) add(person)
  for (const place of places) add(place)
  add(camera(facts))
  add(facts.genre)
  add(season(facts), 0.9)
  if (format.kind !== 'audio') {
    add(shape(facts, format.kind))
    if (isNight(facts, statistics)) add('night', 0.8)
  }
  if (statistics !== null) {
    if (statistics.colourfulness < BLACK_AND_WHITE) add('black-and-white', 0.95)
    if (statistics.sharpness > FLAT && statistics.sharpness < BLURRED) add('blurred', 0.7)
  }
  return [...tags].map(([name, confidence]) => ({name, confidence, source: 'metadata'}))
}

/** Chroma that a scanned or compressed black-and-white picture stays under; on the unit of `PictureStatistics`. */
const BLACK_AND_WHITE = 0.01
/** Variance of the Laplacian that even soft, quiet pictures stay above. */
const BLURRED = 12
/** A plain colour or a drawing of two has hardly anything that could be blurred. */
const FLAT = 0.5

/** `canon eos 40d`: the maker once, though many cameras repeat it in the model. */
function camera({cameraMake, cameraModel}: MediaFacts): string | undefined {
  if (cameraModel === undefined) return cameraMake
  const brand = cameraMake?.split(/\s+/)[0]
  return brand === undefined || cameraModel.toLowerCase().startsWith(brand.toLowerCase())
    ? cameraModel
    : `${brand} ${cameraModel}`
}

/** A name, a folder or the time of a file may say when it came, not when it was taken; and a year alone says neither season nor hour. */
function isByClock({at, source}: CaptureTime): boolean {
  return (source === 'exif' || source === 'container' || source === 'sidecar') && at.length >= 7
}

function season({captured, location}: MediaFacts): string | undefined {
  if (captured === undefined || !isByClock(captured) || location === undefined) return undefined
  if (Math.abs(location.latitude) < 23.5) return undefined
  const month = Number(captured.at.slice(5, 7))
  const north = ['winter', 'spring', 'summer', 'autumn'] as const
  const quarter = Math.floor((month % 12) / 3)
  return location.latitude > 0 ? north[quarter] : north[(quarter + 2) % 4]
}

function shape({width, height}: MediaFacts, kind: MediaKind): string | undefined {
  if (width === undefined || height === undefined || width === 0 || height === 0) return undefined
  const ratio = width / height
  // Films are this wide, too.
  if (ratio >= PANORAMA_RATIO && kind === 'photo') return 'panorama'
  if (ratio > 1.05) return 'landscape orientation'
  return ratio < 0.95 ? 'portrait orientation' : 'square'
}

function isNight({captured}: MediaFacts, statistics: PictureStatistics | null): boolean {
  // The hour of UTC is not the one people lived by.
  if (captured === undefined || !isByClock(captured) || captured.at.length < 13 || captured.at.endsWith('Z')) return false
  if (statistics === null) return false
  const hour = Number(captured.at.slice(11, 13))
  return (hour >= 21 || hour < 5) && statistics.brightness < DARK
}

/** Tags of a sidecar that this program wrote, as far as nothing else brings them: they come from another library, or another model. */
export function exportedTags({exportedTags: names = []}: MediaFacts, found: readonly Tag[]): Tag[] {
  const there = new Set(found.map(tag => tag.name))
  return names.filter(name => !there.has(name)).map(name => ({name, confidence: 1, source: 'metadata'}))
}
