import {MediaForgeError, messageOf, throwIfCancelled} from '../domain/errors.js'
import type {FolderListing, WalkProblem} from '../domain/ports/files.js'
import type {FoundChange, Root} from '../domain/ports/library.js'
import type {FoundFile} from '../domain/media.js'
import type {Ports} from './ports.js'
import {recordSidecars} from './sidecars.js'

/** More than this share of a root gone at once looks like an unmounted disk, not like a person tidying up. */
const OFFLINE_SHARE = 0.2
/** …unless it is only a handful of files. */
const OFFLINE_FILES = 10
const PAGE = 5000
const RECOGNISE_AT_ONCE = 16

export interface ScanOptions {
  hidden?: boolean
  ignore?: string[]
}

/** What a scan of one path found. `unchanged` counts files that were not opened. */
export interface ScanReport {
  path: string
  state: 'scanned' | 'offline'
  files: number
  added: number
  changed: number
  unchanged: number
  missing: number
  problems: WalkProblem[]
}

type ScanPorts = Pick<Ports, 'library' | 'files' | 'bus'>

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
  for (const path of paths) reports.push(await scanPath(ports, path, options, signal))
  return reports
}

async function scanPath(ports: ScanPorts, path: string, options: ScanOptions, signal: AbortSignal): Promise<ScanReport> {
  const report: ScanReport = {path, state: 'scanned', files: 0, added: 0, changed: 0, unchanged: 0, missing: 0, problems: []}
  const seen = new Set<number>()
  const arrived = new Set<string>()
  const onProblem = (problem: WalkProblem): void => void report.problems.push(problem)
  let root: Root | undefined
  try {
    for await (const listing of ports.files.walk(path, {...options, onProblem, signal})) {
      root ??= await rootOf(ports, path, listing)
      await recordListing(ports, root, listing, {report, seen, arrived, signal})
      ports.bus.emit({name: 'scan.found', root: path, files: report.files})
    }
  } catch (error) {
    if (!(error instanceof MediaForgeError && error.code === 'ROOT_OFFLINE')) throw error
    await recordOffline(ports, path, report, error)
    return report
  }
  await recordAbsence(ports, path, {report, seen, arrived, signal})
  return report
}

/** The root a path belongs to: a known one above it, else itself; a single file's folder stands for the file. */
async function rootOf({library}: ScanPorts, path: string, listing: FolderListing): Promise<Root> {
  const roots = await library.roots()
  const above = roots.find(root => isWithin(path, root.path))
  return above ?? library.addRoot(listing.files[0]?.path === path ? listing.path : path)
}

interface Progress {
  report: ScanReport
  /** Ids of the locations that are there, at or below the path; links may lead elsewhere. */
  seen: Set<number>
  /** What the file system keeps when a file is renamed, of the files that were new. */
  arrived: Set<string>
  signal: AbortSignal
}

async function recordListing({library, files}: ScanPorts, root: Root, listing: FolderListing, progress: Progress): Promise<void> {
  const {report, arrived, signal} = progress
  const seen = isWithin(listing.path, report.path) ? progress.seen : new Set<number>()
  report.files += listing.files.length
  const known = new Map((await library.knownFiles(listing.path)).map(file => [file.name, file]))
  const returned: number[] = []
  const fresh: FoundFile[] = []
  const nameAt = listing.path.endsWith('/') ? listing.path.length : listing.path.length + 1
  for (const file of listing.files) {
    const before = known.get(file.path.slice(nameAt))
    if (before?.sizeBytes === file.sizeBytes && before.mtimeMs === file.mtimeMs && !before.unreadable) {
      seen.add(before.locationId)
      if (!before.present) returned.push(before.locationId)
      report.unchanged++
    } else {
      if (before === undefined) arrived.add(renameKey(file))
      fresh.push(file)
    }
  }
  if (returned.length > 0) await library.recordPresent(returned)
  for (let i = 0; i < fresh.length; i += PAGE) {
    const changes = await recognise(files, fresh.slice(i, i + PAGE), report, signal)
    const {locationIds, added} = await library.recordFound(root.id, listing.path, changes)
    for (const id of locationIds) seen.add(id)
    const still = changes.filter(
      ({file, problem}) => problem?.code === 'FILE_UNREADABLE' && known.get(file.path.slice(nameAt))?.unreadable === true,
    ).length
    report.added += added
    report.changed += changes.length - added - still
    report.unchanged += still
  }
  // A single file was not looked for among its neighbours.
  if (listing.files[0]?.path !== report.path) await recordSidecars({library}, listing, known)
}

/** Reads the first bytes of new files, a few at a time. A file that went away meanwhile is left out. */
async function recognise(
  files: Ports['files'],
  fresh: FoundFile[],
  report: ScanReport,
  signal: AbortSignal,
): Promise<FoundChange[]> {
  const changes: FoundChange[] = []
  for (let i = 0; i < fresh.length; i += RECOGNISE_AT_ONCE) {
    throwIfCancelled(signal)
    const found = await Promise.all(
      fresh.slice(i, i + RECOGNISE_AT_ONCE).map(async (file): Promise<FoundChange | null> => {
        try {
          return {file, format: await files.recognise(file.path)}
        } catch (error) {
          if (!(error instanceof MediaForgeError)) throw error
          if (error.code === 'FILE_VANISHED') return null
          report.problems.push({path: file.path, code: error.code, message: messageOf(error)})
          return {file, format: null, problem: error}
        }
      }),
    )
    changes.push(...found.filter(change => change !== null))
  }
  return changes
}

/** What was there at the last scan and was not met now. */
async function recordAbsence({library}: ScanPorts, path: string, {report, seen, arrived, signal}: Progress): Promise<void> {
  // Looking at each of a hundred thousand locations takes a while, and nearly always nothing is gone.
  if ((await library.countPresent(path)) === seen.size) return
  const hiddenFromUs = report.problems.map(problem => problem.path)
  const absent: number[] = []
  let present = 0
  let moved = 0
  for (let after = 0; ;) {
    throwIfCancelled(signal)
    const page = await library.presentLocations(path, after, PAGE)
    for (const location of page) {
      present++
      if (seen.has(location.id) || hiddenFromUs.some(problem => isWithin(location.path, problem))) continue
      if (arrived.has(renameKey(location))) moved++
      absent.push(location.id)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = last.id
  }
  const gone = absent.length - moved
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

function renameKey(file: {inode: number; sizeBytes: number}): string {
  return `${file.inode}:${file.sizeBytes}`
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
