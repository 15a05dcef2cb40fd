import {MediaForgeError, messageOf, throwIfCancelled} from '../domain/errors.js'
import type {FolderListing, WalkOptions, WalkProblem} from '../domain/ports/files.js'
import type {Root} from '../domain/ports/library.js'
import type {FoundFile} from '../domain/media.js'
import {isWithin} from '../domain/paths.js'
import {lookAt, recordLook, renameKey, type Look} from './looking.js'
import type {Ports} from './ports.js'
import {followVolume, rememberVolume} from './root-volumes.js'

/** More than this share of a root gone at once looks like an unmounted disk, not like a person tidying up. */
const OFFLINE_SHARE = 0.2
/** …unless it is only a handful of files. */
export const OFFLINE_FILES = 10
const PAGE = 5000
/** Files of folders that are looked at together. */
const A_GROUP = 1000
/** Groups that are looked at before the first of them is written: it takes about as long to start the thread that reads files. An abort loses no more than these. */
const GROUPS_AHEAD = 3

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
    for await (const look of behind(looks(ports, path, {...options, onProblem}, progress), GROUPS_AHEAD)) {
      root ??= await rootOf(ports, path, look.first)
      await recordLook(ports, root, look, progress)
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

async function* looks(ports: ScanPorts, path: string, options: WalkOptions, progress: Progress): AsyncGenerator<Look> {
  const {report, signal} = progress
  for await (const listings of grouped(ports.files.walk(path, {...options, signal}))) {
    const look = await lookAt(ports, listings, progress)
    ports.bus.emit({name: 'scan.found', root: path, files: report.files})
    yield look
  }
}

/** Hands out each item when so many after it are there: what they have begun goes on while it is in use. */
async function* behind<Item>(items: AsyncIterable<Item>, count: number): AsyncGenerator<Item> {
  const held: Item[] = []
  for await (const item of items) {
    held.push(item)
    if (held.length > count) yield held.shift() as Item
  }
  yield* held
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

/** A folder that may be a disk: what was known in it, and what of that was not met. */
interface Place {
  folder: string
  present: number
  absent: number[]
  /** Those of them that are elsewhere now, or left out by a rule. */
  explained: number
}

/** What was there at the last scan and was not met now. */
async function recordAbsence(
  {library, files}: ScanPorts,
  path: string,
  {report, seen, arrived, signal}: Progress,
): Promise<void> {
  // Looking at each of a hundred thousand locations takes a while, and nearly always nothing is gone.
  if ((await library.countPresent(path)) === seen.size) {
    if (report.files > 0) return
    // It was empty at the last scan, too.
    const offline = await library.countOffline(path)
    if (offline > 0) tellOffline(report, path, `${offline} known files are still not there`)
    return
  }
  const hiddenFromUs = report.problems.map(problem => problem.path)
  const whole = placeOf(path)
  const places = [...(await rootsInside(library, path)).map(placeOf), whole]
  for (let after = 0; ;) {
    throwIfCancelled(signal)
    const page = await library.presentLocations(path, after, PAGE)
    for (const location of page) {
      const place = places.find(({folder}) => isWithin(location.path, folder)) ?? whole
      place.present++
      if (seen.has(location.id) || hiddenFromUs.some(problem => isWithin(location.path, problem))) continue
      if (arrived.has(renameKey(location))) place.explained++
      // It is there and was not met: ignore rules leave it out now, which is no accident.
      // A disk that answers with errors is one: what it holds counts as gone.
      else if ((await files.stat(location.path).catch(() => null)) !== null) place.explained++
      place.absent.push(location.id)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = last.id
  }
  for (const {folder, present, absent, explained} of places) {
    const gone = absent.length - explained
    const isAll = folder === path ? report.files === 0 : gone === present
    const suspicious = gone > 0 && (isAll || (gone > OFFLINE_FILES && gone > OFFLINE_SHARE * present))
    await library.recordAbsent(absent, suspicious ? 'offline' : 'missing')
    report.missing += absent.length
    if (!suspicious) continue
    tellOffline(report, folder, `${gone} of ${present} known files are not there`)
  }
}

function tellOffline(report: ScanReport, folder: string, what: string): void {
  if (folder === report.path) report.state = 'offline'
  const message = `${what}: is the disk mounted? They are kept as offline, nothing was removed`
  report.problems.push({path: folder, code: 'ROOT_OFFLINE', message})
}

function placeOf(folder: string): Place {
  return {folder, present: 0, absent: [], explained: 0}
}

/** Roots below a path, the deepest first: a disk that is mounted in a scanned folder and was scanned by itself may be away by itself. */
export async function rootsInside(library: Ports['library'], path: string): Promise<string[]> {
  const roots = await library.roots()
  return roots
    .map(root => root.path)
    .filter(root => root !== path && isWithin(root, path))
    .sort((a, b) => b.length - a.length)
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
