import {isFatal, MediaForgeError, messageOf, type ErrorCode} from '../domain/errors.js'
import type {Caption, LocationView} from '../domain/ports/library.js'
import type {SidecarContent} from '../domain/ports/sidecars.js'
import type {MediaFacts} from '../domain/media.js'
import {dirnameOf} from '../domain/paths.js'
import {xmpOwners} from '../domain/sidecars.js'
import type {Tag} from '../domain/tags.js'
import {allContents} from './all-contents.js'
import type {Ports} from './ports.js'

/** Everything about one content that a person would want to keep, and that no machine can make again from the file. */
export interface ExportedContent {
  identity: string
  sizeBytes: number
  kind: string
  format: string
  mime: string
  addedAt: string
  locations: Pick<LocationView, 'path' | 'state' | 'sizeBytes' | 'mtimeMs' | 'sidecars'>[]
  tags: Tag[]
  /** What a person took away, so that no machine brings it back. */
  refusedTags: string[]
  /** What models said that it shows. */
  captions: Caption[]
  facts: MediaFacts
}

/** All contents of the library, one after the other, in the order they came. */
export async function* exportContents(
  {library}: Pick<Ports, 'library'>,
  {signal}: {signal: AbortSignal},
): AsyncGenerator<ExportedContent, void, undefined> {
  for await (const content of allContents(library, signal)) {
    yield {
      identity: content.identity,
      sizeBytes: content.sizeBytes,
      ...content.format,
      addedAt: content.addedAt,
      locations: content.locations.map(({path, state, sizeBytes, mtimeMs, sidecars}) => ({
        path,
        state,
        sizeBytes,
        mtimeMs,
        sidecars,
      })),
      tags: await library.tags(content.id),
      refusedTags: await library.refusedTags(content.id),
      captions: await library.captions(content.id),
      facts: content.facts,
    }
  }
}

export interface XmpReport {
  dryRun: boolean
  /** Sidecars that were written, or would be. */
  written: string[]
  /** How many say all of it already. */
  unchanged: number
  failures: {path: string; code: ErrorCode; message: string}[]
}

/**
 * Writes an XMP sidecar for every file that there is something to say about: beside it, or below `to` at the file's whole path. Media are never
 * opened. A sidecar that cannot be written is a row in the report.
 */
export async function exportXmp(
  {library, sidecars}: Pick<Ports, 'library' | 'sidecars'>,
  {to, dryRun}: {to?: string; dryRun: boolean},
  {signal}: {signal: AbortSignal},
): Promise<XmpReport> {
  const report: XmpReport = {dryRun, written: [], unchanged: 0, failures: []}
  const besides = ownSidecars(library)
  for await (const content of allContents(library, signal)) {
    const {facts, id} = content
    const said = sidecarContent(facts, await library.tags(id), await captionOf(library, id))
    if (said === null) continue
    for (const location of content.locations) {
      // What is not mounted has no place beside it, but one in the mirror.
      if (location.state === 'missing' || (to === undefined && location.state === 'offline')) continue
      const own = await besides(location)
      const path = to === undefined ? own : `${to}${location.path}.xmp`
      try {
        const isWritten = await sidecars.write(path, said, to === undefined ? {dryRun} : {dryRun, template: own})
        if (isWritten) report.written.push(path)
        else report.unchanged++
      } catch (error) {
        const endsAll: boolean = isFatal(error)
        if (endsAll || !(error instanceof MediaForgeError)) throw error
        report.failures.push({path: location.path, code: error.code, message: messageOf(error)})
      }
    }
  }
  return report
}

/** Contents come in the order in which they were added, and each may be in several folders. */
const FOLDERS_AT_HAND = 100

/** Tells the XMP sidecar that a file has for itself, or would have beside it. */
function ownSidecars(library: Pick<Ports['library'], 'sidecarsIn'>): (location: LocationView) => Promise<string> {
  const atHand = new Map<string, Map<string, string>>()
  const ownersIn = async (folder: string): Promise<Map<string, string>> => {
    const known = atHand.get(folder)
    if (known !== undefined) return known
    const owners = xmpOwners(await library.sidecarsIn(folder))
    for (const oldest of atHand.keys()) if (atHand.size >= FOLDERS_AT_HAND) atHand.delete(oldest)
    atHand.set(folder, owners)
    return owners
  }
  return async ({path, sidecars}) => {
    if (!sidecars.some(sidecar => /\.xmp$/i.test(sidecar))) return `${path}.xmp`
    const folder = dirnameOf(path)
    const base = folder === '/' ? '' : folder
    const name = path.slice(base.length + 1)
    return `${base}/${(await ownersIn(folder)).get(name) ?? `${name}.xmp`}`
  }
}

/** What a model saw first, by the model that was asked last. */
async function captionOf(library: Ports['library'], contentId: number): Promise<string | undefined> {
  const captions = await library.captions(contentId)
  const {describe: latest} = await library.passes(contentId)
  return (captions.find(({model}) => model === latest) ?? captions[0])?.text
}

/** Null where there is nothing to say. */
function sidecarContent(facts: MediaFacts, tags: readonly Tag[], seen: string | undefined): SidecarContent | null {
  const manual = new Set(tags.filter(tag => tag.source === 'manual').map(tag => tag.name))
  const others = new Set(tags.map(tag => tag.name).filter(name => !manual.has(name)))
  const {rating, people = [], description} = facts
  const caption = seen ?? facts.exportedCaption
  if (manual.size + others.size + people.length === 0 && (description ?? caption ?? rating) === undefined) return null
  return {
    manualTags: [...manual].sort(),
    otherTags: [...others].sort(),
    people,
    ...(description === undefined ? {} : {description}),
    ...(caption === undefined ? {} : {caption}),
    ...(rating === undefined ? {} : {rating}),
  }
}
