import {MediaForgeError} from '../domain/errors.js'
import {isWithin} from '../domain/paths.js'
import type {Root} from '../domain/ports/library.js'
import type {Ports} from './ports.js'
import {lookAt, recordLook, renameKey} from './looking.js'
import {newReport, OFFLINE_FILES, rootOf, rootsInside, scan} from './scan.js'
import type {Progress, ScanOptions, ScanReport} from './scan.js'

const PAGE = 5000

type PartPorts = Pick<Ports, 'library' | 'files' | 'volumes' | 'bus'>

/**
 * Looks again at some folders below a path that was scanned before, and at nothing else; a folder that is gone is met as all that was in it.
 * Where so much is gone that it may be a disk and not a person, the whole path is scanned, which can tell.
 */
export async function scanPart(
  ports: PartPorts,
  path: string,
  folders: ReadonlySet<string>,
  options: ScanOptions,
  {signal}: {signal: AbortSignal},
): Promise<ScanReport> {
  const report = newReport(path)
  const progress: Progress = {report, seen: new Set(), arrived: new Set(), settled: options.settled, signal}
  const walked = new Set<string>()
  let root: Root | undefined
  try {
    const onProblem = (problem: ScanReport['problems'][number]): void => void report.problems.push(problem)
    for await (const listing of ports.files.walk(path, {...options, folders, onProblem, signal})) {
      root ??= await rootOf(ports, path, listing)
      walked.add(listing.path)
      await recordLook(ports, root, await lookAt(ports, [listing], progress), progress)
    }
  } catch (error) {
    if (!(error instanceof MediaForgeError && error.code === 'ROOT_OFFLINE')) throw error
    return scanWhole(ports, path, options, signal)
  }
  const absent = await absentIn(ports, path, folders, walked, progress)
  if (absent.length === 0) return report
  const moved = absent.filter(location => progress.arrived.has(renameKey(location))).length
  const isMany = absent.length - moved > OFFLINE_FILES
  if (isMany || (await isDiskGone(ports, path, absent))) return scanWhole(ports, path, options, signal)
  await ports.library.recordAbsent(
    absent.map(({id}) => id),
    'missing',
  )
  report.missing = absent.length
  return report
}

/** Whether nothing is left at the path, or at a root below it, which may be a disk of its own. */
async function isDiskGone({library}: PartPorts, path: string, absent: readonly Absent[]): Promise<boolean> {
  for (const disk of [...(await rootsInside(library, path)), path]) {
    const gone = absent.filter(location => isWithin(location.path, disk)).length
    if (gone > 0 && gone === (await library.countPresent(disk))) return true
  }
  return false
}

async function scanWhole(ports: PartPorts, path: string, options: ScanOptions, signal: AbortSignal): Promise<ScanReport> {
  const [report] = await scan(ports, [path], options, {signal})
  return report ?? newReport(path)
}

interface Absent {
  id: number
  path: string
  inode: number
  sizeBytes: number
}

/** What the library holds to be there and is not: in folders that were walked, and below those that are gone. */
async function absentIn(
  {library, files}: PartPorts,
  path: string,
  folders: ReadonlySet<string>,
  walked: ReadonlySet<string>,
  {report, seen}: Progress,
): Promise<Absent[]> {
  const absent = new Map<number, Absent>()
  const consider = async (location: Absent): Promise<void> => {
    if (seen.has(location.id) || report.problems.some(problem => isWithin(location.path, problem.path))) return
    // It may only be out of the walk's sight: behind a rule, or a link.
    if ((await files.stat(location.path).catch(() => undefined)) === null) absent.set(location.id, location)
  }
  for (const folder of folders) {
    if (!isWithin(folder, path)) continue
    if (walked.has(folder)) {
      for (const {locationId, name, present, ...file} of await library.knownFiles(folder)) {
        if (present) await consider({id: locationId, path: folder.endsWith('/') ? folder + name : `${folder}/${name}`, ...file})
      }
      continue
    }
    for (let after = 0; ;) {
      const page = await library.presentLocations(folder, after, PAGE)
      for (const location of page) await consider(location)
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) break
      after = last.id
    }
  }
  return [...absent.values()]
}
