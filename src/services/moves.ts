import {MediaForgeError} from '../domain/errors.js'
import type {FoundFile} from '../domain/media.js'
import {dirnameOf, isWithin} from '../domain/paths.js'
import type {KnownByInode, Move, Root} from '../domain/ports/library.js'
import {inTurns} from './in-turns.js'
import type {Ports} from './ports.js'
import type {Progress} from './scan.js'

/**
 * Files that a rename brought: inode, size and time are those of a known location, and so are the bytes, by their identity. Where nothing is left at
 * the known location, and it is below the scanned path, it moves with its file; else there is a further one. Returns the files that are recorded;
 * all others take a closer look.
 */
export async function recordMoves(
  {library, files}: Pick<Ports, 'library' | 'files'>,
  root: Root,
  fresh: readonly FoundFile[],
  {report, seen, signal}: Progress,
): Promise<Set<FoundFile>> {
  const known = await library.knownByInode(fresh)
  const isGone = whatIsGone(report.path, files)
  const looks = await inTurns(fresh, signal, async (file, i): Promise<Move | null> => {
    const before = known[i]
    if (before == null || before.path === file.path || !(await isSame(file, before, files))) return null
    return {file, from: before.locationId, identity: before.identity, isGone: await isGone(before.path)}
  })
  const moves = looks.filter(move => move !== null)
  if (moves.length === 0) return new Set()
  const locationIds = await library.recordMoved(root.id, moves)
  const recorded = new Set<FoundFile>()
  for (const [i, {file, from}] of moves.entries()) {
    const id = locationIds[i]
    if (id == null) continue
    recorded.add(file)
    if (isWithin(file.path, report.path)) seen.add(id)
    if (id === from) report.moved++
    else report.added++
  }
  return recorded
}

/** By its bytes: an inode is given away again. One that cannot be read is told of by whoever looks closer. */
async function isSame(file: FoundFile, {identity}: KnownByInode, files: Ports['files']): Promise<boolean> {
  try {
    return (await files.identify(file.path, file.sizeBytes)) === identity
  } catch (error) {
    if (error instanceof MediaForgeError) return false
    throw error
  }
}

/** Asks once for a folder that is gone. What lies outside of the scanned path may be on a disk that is away. */
function whatIsGone(scanned: string, files: Ports['files']): (path: string) => Promise<boolean> {
  const folders = new Map<string, Promise<boolean>>()
  return async path => {
    if (!isWithin(path, scanned)) return false
    const folder = dirnameOf(path)
    const isThere = folders.get(folder) ?? files.exists(folder)
    folders.set(folder, isThere)
    return !(await isThere) || (await files.stat(path).catch(() => undefined)) === null
  }
}
