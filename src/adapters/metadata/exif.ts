import type {GeoPoint, MediaFacts} from '../../domain/media.js'
import {groupId} from '../../domain/parts.js'
import type {ExifReader} from '../../domain/ports/media-tools.js'
import {isPlausible, readTimestamp} from '../../domain/timestamps.js'
import {readAppleNote} from './apple.js'
import {naturalText, positiveNumber, textList} from './values.js'

/** exifr reads the blocks it needs, not the file; a hostile one may still lead it in circles. */
const TIME_LIMIT_MS = 10_000

const OPTIONS = {
  tiff: true,
  exif: true,
  gps: true,
  xmp: true,
  iptc: true,
  makerNote: true,
  icc: false,
  jfif: false,
  ihdr: false,
  mergeOutput: true,
  // Dates stay the text the camera wrote: making a Date of it would apply this machine's time zone.
  reviveValues: false,
  translateValues: false,
  sanitize: true,
} as const

/** Reads EXIF, GPS, IPTC and XMP of photos with exifr. Whatever cannot be read is simply absent. */
export function openExifReader(): ExifReader {
  return {
    async read(path) {
      const {default: exifr} = await import('exifr')
      const timeout = new Promise<undefined>(resolve => {
        setTimeout(() => {
          resolve(undefined)
        }, TIME_LIMIT_MS).unref()
      })
      const raw: unknown = await Promise.race([exifr.parse(path, OPTIONS).catch(() => undefined), timeout])
      return raw === undefined ? {} : factsOf(raw as Record<string, unknown>)
    },
  }
}

function factsOf(raw: Record<string, unknown>): MediaFacts {
  const flash = typeof raw.Flash === 'number' ? raw.Flash : undefined
  const orientation = positiveNumber(raw.Orientation)
  const [width, height] = [
    positiveNumber(raw.ExifImageWidth ?? raw.ImageWidth),
    positiveNumber(raw.ExifImageHeight ?? raw.ImageHeight),
  ]
  const facts = {
    ...(width === undefined || height === undefined ? {} : {width, height}),
    captured: capturedAt(raw),
    orientation: orientation !== undefined && orientation <= 8 && Number.isInteger(orientation) ? orientation : undefined,
    location: locationOf(raw),
    cameraMake: naturalText(raw.Make),
    cameraModel: naturalText(raw.Model),
    lens: naturalText(raw.LensModel ?? raw.Lens),
    iso: positiveNumber(raw.ISO ?? raw.ISOSpeedRatings),
    fNumber: positiveNumber(raw.FNumber),
    exposureSeconds: positiveNumber(raw.ExposureTime),
    focalLengthMm: positiveNumber(raw.FocalLength),
    flashFired: flash === undefined ? undefined : (flash & 1) === 1,
    software: naturalText(raw.Software),
    title: naturalText(raw.ObjectName ?? titleOf(raw.title)),
    description: description(raw),
    keywords: keywords(raw),
    people: people(raw),
    rating: rating(raw),
    ...readAppleNote(raw.makerNote),
    ...burst(raw),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/** The first plausible of the dates that cameras and programs write, with the zone where it is known. */
function capturedAt(raw: Record<string, unknown>): MediaFacts['captured'] {
  const candidates = [
    [raw.DateTimeOriginal, raw.OffsetTimeOriginal ?? raw.OffsetTime, 'exif'],
    [raw.CreateDate ?? raw.DateTimeDigitized, raw.OffsetTimeDigitized ?? raw.OffsetTime, 'exif'],
    [raw.DateCreated, undefined, 'exif'],
    [raw.ModifyDate ?? raw.DateTime, raw.OffsetTime, 'edit'],
  ] as const
  for (const [text, offset, source] of candidates) {
    const at = readTimestamp(text, offset)
    if (at !== undefined && isPlausible(at, Date.now())) return {at, source}
  }
  return undefined
}

function locationOf(raw: Record<string, unknown>): GeoPoint | undefined {
  const {latitude, longitude} = raw
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) || (latitude === 0 && longitude === 0)) return undefined
  const altitude = positiveNumber(raw.GPSAltitude)
  return {latitude, longitude, ...(altitude === undefined ? {} : {altitudeM: altitude})}
}

/** What cameras write into every picture describes none of them. */
const BOILERPLATE =
  /^(olympus digital camera|sony dsc|digital camera|minolta digital camera|konica minolta.*|kodak.*camera|jpeg|default|sanyo digital.*|samsung.*|image description|untitled)$/i

function description(raw: Record<string, unknown>): string | undefined {
  const text = naturalText(raw.Caption ?? titleOf(raw.description) ?? raw.ImageDescription)
  return text === undefined || BOILERPLATE.test(text) ? undefined : text
}

/** XMP gives a text with its language as an object. */
function titleOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'value' in value ? value.value : value
}

function keywords(raw: Record<string, unknown>): string[] | undefined {
  const words = [...new Set([...textList(raw.Keywords), ...textList(raw.subject)])].slice(0, 100)
  return words.length === 0 ? undefined : words
}

function people(raw: Record<string, unknown>): string[] | undefined {
  const names = [...new Set(textList(raw.PersonInImage))].slice(0, 100)
  return names.length === 0 ? undefined : names
}

/** How Google's camera says that a picture is one of a burst. */
function burst(raw: Record<string, unknown>): Pick<MediaFacts, 'burstId' | 'isBurstCover'> {
  const burstId = groupId(raw.BurstID)
  if (burstId === undefined) return {}
  return {burstId, ...(Number(raw.BurstPrimary) === 1 ? {isBurstCover: true} : {})}
}

/** Stars; programs write 0 for none and -1 for rejected. */
function rating(raw: Record<string, unknown>): number | undefined {
  const stars = positiveNumber(raw.Rating)
  return stars === undefined || stars > 5 ? undefined : Math.round(stars)
}
