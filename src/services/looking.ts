import {MediaForgeError, messageOf} from '../domain/errors.js'
import {inTurns} from '../domain/in-turns.js'
import type {FolderListing} from '../domain/ports/files.js'
import type {FoundChange, KnownFile, Move, Root} from '../domain/ports/library.js'
import type {FoundFile} from '../domain/media.js'
import {isWithin} from '../domain/paths.js'
import {findMoves, recordMoves} from './moves.js'
import type {Ports} from './ports.js'
import type {Progress, ScanReport} from './scan.js'
import {recordSidecars} from './sidecars.js'

/** So many new files of one folder are recorded in one piece. */
const PAGE = 5000

/** What a folder holds, beside what is known of it. */
interface Compared {
  listing: FolderListing
  known: Map<string, KnownFile>
  /** New and changed files. */
  fresh: FoundFile[]
}

/** Some folders that were looked at, beside what is known of them. */
export interface Look {
  first: FolderListing
  folders: Compared[]
  /** Which of the new files are known ones at another place: their bytes are read on the way. */
  moves: Promise<Move[]>
}

/** Looks at some folders, and writes nothing but what is back. Resolves while the bytes of new files are still being read. */
export async function lookAt(
  ports: Pick<Ports, 'library' | 'files'>,
  listings: readonly [FolderListing, ...FolderListing[]],
  progress: Progress,
): Promise<Look> {
  const folders: Compared[] = []
  for (const listing of listings) folders.push(await compare(ports, listing, progress))
  const moves = findMoves(
    ports,
    folders.flatMap(({fresh}) => fresh),
    progress,
  )
  // Until it is recorded nobody listens, and then whoever records it hears of it.
  moves.catch(() => undefined)
  return {first: listings[0], folders, moves}
}

/** Records what is new, changed or moved in folders that were looked at. */
export async function recordLook(
  ports: Pick<Ports, 'library' | 'files'>,
  root: Root,
  {folders, moves}: Look,
  progress: Progress,
): Promise<void> {
  const moved = await recordMoves(ports, root, await moves, progress)
  for (const {listing, known, fresh} of folders) {
    await recordFresh(ports, root, {listing, known, fresh: fresh.filter(file => !moved.has(file))}, progress)
    // A single file was not looked for among its neighbours.
    if (listing.files[0]?.path !== progress.report.path) await recordSidecars(ports, listing, known)
  }
}

/** Tells what is new or changed in a folder from what is there as it was, and notes what is back. */
async function compare({library}: Pick<Ports, 'library'>, listing: FolderListing, progress: Progress): Promise<Compared> {
  const {report, arrived} = progress
  const seen = seenIn(listing.path, progress)
  report.files += listing.files.length
  const known = new Map((await library.knownFiles(listing.path)).map(file => [file.name, file]))
  const returned: number[] = []
  const fresh: FoundFile[] = []
  for (const file of listing.files) {
    const before = known.get(nameIn(listing, file))
    if (before?.sizeBytes === file.sizeBytes && before.mtimeMs === file.mtimeMs && !before.unreadable) {
      seen.add(before.locationId)
      if (!before.present) returned.push(before.locationId)
      report.unchanged++
    } else if (progress.settled !== undefined && !(await progress.settled(file))) {
      // Only a present one counts as seen: what was away is not there before it is complete.
      if (before?.present) seen.add(before.locationId)
      if (before === undefined) arrived.add(renameKey(file))
    } else {
      if (before === undefined) arrived.add(renameKey(file))
      fresh.push(file)
    }
  }
  if (returned.length > 0) await library.recordPresent(returned)
  return {listing, known, fresh}
}

/** Records what is new or changed in one folder. */
async function recordFresh(
  {library, files}: Pick<Ports, 'library' | 'files'>,
  root: Root,
  {listing, known, fresh}: Compared,
  progress: Progress,
): Promise<void> {
  const {report, signal} = progress
  const seen = seenIn(listing.path, progress)
  for (let i = 0; i < fresh.length; i += PAGE) {
    const changes = await recognise(files, fresh.slice(i, i + PAGE), report, signal)
    progress.priority ??= await library.nextPriority()
    const {locationIds, added} = await library.recordFound(root.id, listing.path, changes, progress.priority)
    for (const id of locationIds) seen.add(id)
    const still = changes.filter(
      ({file, problem}) => problem?.code === 'FILE_UNREADABLE' && known.get(nameIn(listing, file))?.unreadable === true,
    ).length
    report.added += added
    report.changed += changes.length - added - still
    report.unchanged += still
  }
}

/** Where the ids of a folder's locations are noted: links may lead out of the path that is scanned. */
function seenIn(folder: string, {report, seen}: Progress): Set<number> {
  return isWithin(folder, report.path) ? seen : new Set()
}

function nameIn({path}: FolderListing, file: FoundFile): string {
  return file.path.slice(path.endsWith('/') ? path.length : path.length + 1)
}

/** Reads the first bytes of new files, a few at a time. A file that went away meanwhile is left out. */
async function recognise(
  files: Ports['files'],
  fresh: FoundFile[],
  report: ScanReport,
  signal: AbortSignal,
): Promise<FoundChange[]> {
  const found = await inTurns(fresh, signal, async (file): Promise<FoundChange | null> => {
    try {
      return {file, format: await files.recognise(file.path)}
    } catch (error) {
      if (!(error instanceof MediaForgeError)) throw error
      if (error.code === 'FILE_VANISHED') return null
      report.problems.push({path: file.path, code: error.code, message: messageOf(error)})
      return {file, format: null, problem: error}
    }
  })
  return found.filter(change => change !== null)
}

/** What a rename keeps. */
export function renameKey(file: {inode: number; sizeBytes: number}): string {
  return `${file.inode}:${file.sizeBytes}`
}
