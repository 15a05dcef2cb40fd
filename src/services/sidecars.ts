import type {FolderListing} from '../domain/ports/files.js'
import type {KnownFile} from '../domain/ports/library.js'
import {isSidecarName, pairSidecars, type SidecarFacts} from '../domain/sidecars.js'
import type {Ports} from './ports.js'

/**
 * Notes which sidecars the media of one folder have. Media whose sidecars came, went or changed are to be looked at again. `known`: by name,
 * before this scan.
 */
export async function recordSidecars(
  {library}: Pick<Ports, 'library'>,
  listing: FolderListing,
  known: ReadonlyMap<string, KnownFile>,
): Promise<void> {
  // Most folders have none, and a rescan passes here for every one.
  if (!listing.files.some(file => isSidecarName(file.path)) && ![...known.keys()].some(isSidecarName)) return
  const prefix = listing.path.endsWith('/') ? listing.path.length : listing.path.length + 1
  const files = new Map(listing.files.map(file => [file.path.slice(prefix), file]))
  const pairs = pairSidecars([...files.keys()])
  const before = new Map((await library.sidecarsIn(listing.path)).map(pair => [pair.name, pair.sidecars]))
  const isChanged = (name: string): boolean => {
    const [file, earlier] = [files.get(name), known.get(name)]
    return file?.sizeBytes !== earlier?.sizeBytes || file?.mtimeMs !== earlier?.mtimeMs
  }
  const changes = [...new Set([...pairs.keys(), ...before.keys()])].flatMap(name => {
    const sidecars = pairs.get(name) ?? []
    const isSame = sidecars.join('\n') === (before.get(name) ?? []).join('\n') && !sidecars.some(isChanged)
    return isSame || !files.has(name) ? [] : [{name, sidecars}]
  })
  if (changes.length > 0) await library.recordSidecars(listing.path, changes)
}

/** What all sidecars of a location say; where two say different things, the first. */
export async function readSidecars(
  {sidecars}: Pick<Ports, 'sidecars'>,
  paths: readonly string[],
  options: {signal: AbortSignal},
): Promise<SidecarFacts> {
  let all: SidecarFacts = {}
  for (const path of paths) all = {...(await sidecars.read(path, options)), ...all}
  return all
}
