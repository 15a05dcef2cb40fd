import {CAPTURE_SOURCES, type CaptureTime, type MediaFacts} from './media.js'
import {dateInFolders, dateInName} from './path-dates.js'
import type {SidecarFacts} from './sidecars.js'
import {isPlausible} from './timestamps.js'

/** One location of a content, and what is told there about it. */
export interface DescribedPlace {
  name: string
  /** From the name of the root on, which people choose: `Pictures/2019/2019-06 Greece`. */
  folder: string
  mtimeMs: number
  present: boolean
  sidecars: SidecarFacts
}

/**
 * All that is known of a content without a model: what the file says itself, and what sidecars, names and folders say wherever it was
 * seen. The file's own word comes first, but for the rating, which programs keep beside it.
 */
export function describeContent(own: MediaFacts, places: readonly DescribedPlace[], nowMs: number): MediaFacts {
  const told = byPresence(places).map(place => place.sidecars)
  const facts = {
    ...own,
    captured: captureTime(own, places, nowMs),
    location: own.location ?? firstOf(told, 'location'),
    title: own.title ?? firstOf(told, 'title'),
    description: own.description ?? firstOf(told, 'description'),
    rating: firstOf(told, 'rating') ?? own.rating,
    keywords: union(own.keywords, ...told.map(facts => facts.keywords)),
    people: union(own.people, ...told.map(facts => facts.people)),
    exportedCaption: firstOf(told, 'exportedCaption'),
    exportedTags: union(...told.map(facts => facts.exported?.others)),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/**
 * The date that counts: the first plausible one in the order of `CAPTURE_SOURCES`. Where two places say different things with equal right,
 * one where the file is now wins, and then the earlier date, since copies are younger.
 */
function captureTime(own: MediaFacts, places: readonly DescribedPlace[], nowMs: number): CaptureTime | undefined {
  // Nothing outranks the camera's word.
  if (own.captured?.source === CAPTURE_SOURCES[0] && isPlausible(own.captured.at, nowMs)) return own.captured
  const candidates = [
    {captured: own.captured, present: true},
    ...places.flatMap(({name, folder, mtimeMs, present, sidecars}) =>
      [
        sidecars.captured,
        captureBy('name', dateInName(name)),
        captureBy('folder', dateInFolders(folder)),
        captureBy('mtime', timeOf(mtimeMs)),
      ].map(captured => ({captured, present})),
    ),
  ]
  return candidates
    .flatMap(({captured, present}) =>
      captured !== undefined && isPlausible(captured.at, nowMs)
        ? [{captured, key: `${CAPTURE_SOURCES.indexOf(captured.source)}${present ? 0 : 1}${captured.at}`}]
        : [],
    )
    .sort((a, b) => (a.key < b.key ? -1 : 1))[0]?.captured
}

function captureBy(source: CaptureTime['source'], at: string | undefined): CaptureTime | undefined {
  return at === undefined ? undefined : {at, source}
}

function timeOf(mtimeMs: number): string | undefined {
  // The range of a Date.
  return Math.abs(mtimeMs) <= 8.64e15 ? `${new Date(mtimeMs).toISOString().slice(0, 19)}Z` : undefined
}

function byPresence(places: readonly DescribedPlace[]): readonly DescribedPlace[] {
  return [...places].sort((a, b) => Number(b.present) - Number(a.present))
}

function firstOf<Name extends keyof SidecarFacts>(told: readonly SidecarFacts[], name: Name): SidecarFacts[Name] | undefined {
  return told.find(facts => facts[name] !== undefined)?.[name]
}

function union(...lists: (readonly string[] | undefined)[]): string[] | undefined {
  const all = [...new Set(lists.flatMap(list => list ?? []))]
  return all.length === 0 ? undefined : all
}
