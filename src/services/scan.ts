import {MediaForgeError, messageOf, throwIfCancelled} from '../domain/errors.js'
import type {FolderListing, WalkProblem} from '../domain/ports/files.js'
import type {FoundChange, KnownFile, Root} from '../domain/ports/library.js'
import type {FoundFile} from '../domain/media.js'
import {isWithin} from '../domain/paths.js'
import {inTurns} from './in-turns.js'
import {recordMoves} from './moves.js'
import type {Ports} from './ports.js'
import {followVolume, rememberVolume} from './root-volumes.js'
import {recordSidecars} from './sidecars.js'

/** More than this share of a root gone at once looks like an unmounted disk, not like a person tidying up. */
const OFFLINE_SHARE = 0.2
/** …unless it is only a handful of files. */
export const OFFLINE_FILES = 10
const PAGE = 5000
/** Files of folders that are looked at together. */
const A_GROUP = 1000

export interface ScanOptions {
  hidden?: boolean
  ignore?: string[]
  /** Whether a new or changed file is complete; one that is not is left for another scan. All are where nobody asks. */
  settled?: ((file: FoundFile) => Promise<boolean>) | undefined
}

/** What a scan of one path found. `unchanged` counts files that were not opened. */
export interface ScanReport {
  path: string
  state: 'scanned' | 'offline'
  files: number
  added: number
  changed: number
  unchanged: number
  /** Known files at another place than before. Those that are recognised later, by their content alone, count as added and missing. */
  moved: number
  missing: number
  problems: WalkProblem[]
}

type ScanPorts = Pick<Ports, 'library' | 'files' | 'volumes' | 'bus'>

/**
 * Walks folders or single files and records what is new, changed or gone; `inspect` jobs wait on the queue afterwards. A folder that cannot
 * be seen becomes `offline` in the report: nothing is ever deleted because it could not be seen. Rejects with `USAGE` where a path is
 * neither there nor known.
 */
export async function scan(
  ports: ScanPorts,
  paths: string[],
  options: ScanOptions,
  {signal}: {signal: AbortSignal},
): Promise<ScanReport[]> {
  const reports: ScanReport[] = []
  const roots = await ports.library.roots()
  for (const path of paths) {
    const isKnown = roots.some(root => isWithin(root.path, path)) || (await ports.library.countPresent(path)) > 0
    if (isKnown || (await ports.files.exists(path))) continue
    throw new MediaForgeError('USAGE', `cannot scan ${path}: nothing is there`, {hint: 'check the path: nothing was scanned'})
  }
  for (const path of paths) reports.push(await scanPath(ports, path, options, signal))
  return reports
}

async function scanPath(ports: ScanPorts, path: string, options: ScanOptions, signal: AbortSignal): Promise<ScanReport> {
  const report = newReport(path)
  const progress: Progress = {report, seen: new Set(), arrived: new Set(), settled: options.settled, signal}
  const onProblem = (problem: WalkProblem): void => void report.problems.push(problem)
  let root: Root | undefined
  await followVolume(ports, path)
  try {
    for await (const listings of grouped(ports.files.walk(path, {...options, onProblem, signal}))) {
      root ??= await rootOf(ports, path, listings[0])
      await recordListings(ports, root, listings, progress)
      ports.bus.emit({name: 'scan.found', root: path, files: report.files})
    }
  } catch (error) {
    if (!(error instanceof MediaForgeError && error.code === 'ROOT_OFFLINE')) throw error
    await recordOffline(ports, path, report, error)
    return report
  }
  await recordAbsence(ports, path, progress)
  if (root !== undefined && report.state === 'scanned') await rememberVolume(ports, root.id)
  return report
}

/** Folders that together hold many files: what is written for each group is written in one piece. */
async function* grouped(walk: AsyncIterable<FolderListing>): AsyncGenerator<[FolderListing, ...FolderListing[]]> {
  let group: FolderListing[] = []
  let files = 0
  for await (const listing of walk) {
    group.push(listing)
    files += listing.files.length
    if (files < A_GROUP) continue
    yield group as [FolderListing]
    ;[group, files] = [[], 0]
  }
  if (group.length > 0) yield group as [FolderListing]
}

export function newReport(path: string): ScanReport {
  return {path, state: 'scanned', files: 0, added: 0, changed: 0, unchanged: 0, moved: 0, missing: 0, problems: []}
}

/** The root a path belongs to: a known one above it, else itself; a single file's folder stands for the file. */
export async function rootOf({library}: ScanPorts, path: string, listing: FolderListing): Promise<Root> {
  const roots = await library.roots()
  const above = roots.find(root => isWithin(path, root.path))
  return above ?? library.addRoot(listing.files[0]?.path === path ? listing.path : path)
}

/** What a scan knows of itself on its way. */
export interface Progress {
  report: ScanReport
  /** Ids of the locations that are there, at or below the path; links may lead elsewhere. */
  seen: Set<number>
  /** What the file system keeps when a file is renamed, of the files that were new. */
  arrived: Set<string>
  /** What is found now is worked on before what waits already. Undefined until something new is found. */
  priority?: number
  settled: ScanOptions['settled']
  signal: AbortSignal
}

/** What a folder holds, beside what is known of it. */
interface Compared {
  listing: FolderListing
  known: Map<string, KnownFile>
  /** New and changed files. */
  fresh: FoundFile[]
}

/** Records what is new, changed, moved or back in some folders. */
export async function recordListings(
  ports: Pick<ScanPorts, 'library' | 'files'>,
  root: Root,
  listings: readonly FolderListing[],
  progress: Progress,
): Promise<void> {
  const compared: Compared[] = []
  for (const listing of listings) compared.push(await compare(ports, listing, progress))
  const fresh = compared.flatMap(folder => folder.fresh)
  const moved = fresh.length === 0 ? new Set<FoundFile>() : await recordMoves(ports, root, fresh, progress)
  for (const {listing, known, fresh} of compared) {
    await recordFresh(ports, root, {listing, known, fresh: fresh.filter(file => !moved.has(file))}, progress)
    // A single file was not looked for among its neighbours.
    if (listing.files[0]?.path !== progress.report.path) await recordSidecars(ports, listing, known)
  }
}

/** Tells what is new or changed in a folder from what is there as it was, and notes what is back. */
async function compare({library}: Pick<ScanPorts, 'library'>, listing: FolderListing, progress: Progress): Promise<Compared> {
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
  {library, files}: Pick<ScanPorts, 'library' | 'files'>,
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

/** What was there at the last scan and was not met now. */
async function recordAbsence(
  {library, files}: ScanPorts,
  path: string,
  {report, seen, arrived, signal}: Progress,
): Promise<void> {
  // Looking at each of a hundred thousand locations takes a while, and nearly always nothing is gone.
  if ((await library.countPresent(path)) === seen.size) return
  const hiddenFromUs = report.problems.map(problem => problem.path)
  const absent: number[] = []
  let present = 0
  let moved = 0
  let leftOut = 0
  for (let after = 0; ;) {
    throwIfCancelled(signal)
    const page = await library.presentLocations(path, after, PAGE)
    for (const location of page) {
      present++
      if (seen.has(location.id) || hiddenFromUs.some(problem => isWithin(location.path, problem))) continue
      if (arrived.has(renameKey(location))) moved++
      // It is there and was not met: ignore rules leave it out now, which is no accident.
      // A disk that answers with errors is one: what it holds counts as gone.
      else if ((await files.stat(location.path).catch(() => null)) !== null) leftOut++
      absent.push(location.id)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = last.id
  }
  const gone = absent.length - moved - leftOut
  const suspicious = gone > 0 && (report.files === 0 || (gone > OFFLINE_FILES && gone > OFFLINE_SHARE * present))
  await library.recordAbsent(absent, suspicious ? 'offline' : 'missing')
  report.missing = absent.length
  if (!suspicious) return
  report.state = 'offline'
  report.problems.push({
    path,
    code: 'ROOT_OFFLINE',
    message: `${gone} of ${present} known files are not there: is the disk mounted? They are kept as offline, nothing was removed`,
  })
}

async function recordOffline({library}: ScanPorts, path: string, report: ScanReport, error: MediaForgeError): Promise<void> {
  let known = false
  for (;;) {
    const page = await library.presentLocations(path, 0, PAGE)
    if (page.length === 0) break
    known = true
    await library.recordAbsent(
      page.map(location => location.id),
      'offline',
    )
    report.missing += page.length
  }
  const isRoot = (await library.roots()).some(root => root.path === path)
  if (!known && !isRoot) throw new MediaForgeError('USAGE', messageOf(error), {cause: error, ...hintOf(error)})
  report.state = 'offline'
  report.problems.push({path, code: 'ROOT_OFFLINE', message: messageOf(error)})
}

function hintOf(error: MediaForgeError): {hint?: string} {
  return error.hint === undefined ? {} : {hint: error.hint}
}

/** What a rename keeps. */
export function renameKey(file: {inode: number; sizeBytes: number}): string {
  return `${file.inode}:${file.sizeBytes}`
}
