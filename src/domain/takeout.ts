import type {GeoPoint} from './media.js'
import type {SidecarFacts} from './sidecars.js'

/** Reads the parsed JSON that Google Takeout puts beside each file; `{}` for any other JSON. */
export function readTakeout(json: unknown): SidecarFacts {
  const root = recordOf(json)
  const seconds = Number(recordOf(root.photoTakenTime).timestamp)
  if (typeof root.title !== 'string' || root.photoTakenTime === undefined) return {}
  const at = Math.abs(seconds) < 8e12 ? `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` : undefined
  const people = (Array.isArray(root.people) ? root.people : []).map(person => textOf(recordOf(person).name))
  const facts = {
    captured: at === undefined ? undefined : {at, source: 'sidecar' as const},
    location: pointOf(root.geoData) ?? pointOf(root.geoDataExif),
    description: textOf(root.description),
    people: people.filter(name => name !== undefined),
  }
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  )
}

function pointOf(value: unknown): GeoPoint | undefined {
  const {latitude, longitude, altitude} = recordOf(value)
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  // Takeout writes zeroes for a place it does not know.
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) || (latitude === 0 && longitude === 0)) return undefined
  return {latitude, longitude, ...(typeof altitude === 'number' && altitude !== 0 ? {altitudeM: altitude} : {})}
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 2000) : undefined
}
