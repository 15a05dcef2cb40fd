import {inTurns} from '../domain/in-turns.js'
import type {FoundFile} from '../domain/media.js'
import {dirnameOf, isWithin} from '../domain/paths.js'
import type {Move, Root} from '../domain/ports/library.js'
import type {Ports} from './ports.js'
import type {Progress} from './scan.js'

/**
 * Files that a rename brought: inode, size and time are those of a known location, and so are the bytes, by their identity, as an inode is given
 * away again. One that cannot be read is told of by whoever looks closer.
 */
export async function findMoves(
  {library, files}: Pick<Ports, 'library' | 'files'>,
  fresh: readonly FoundFile[],
  progress: Progress,
): Promise<Move[]> {
  if (fresh.length === 0) return []
  const known = await library.knownByInode(fresh)
  const alike = fresh.flatMap((file, i) => {
    const from = known[i]
    return from == null || from.path === file.path ? [] : [{file, from}]
  })
  const [identities, areGone] = await Promise.all([
    files.identifyMany(
      alike.map(({file}) => file),
      {signal: progress.signal},
    ),
    whichAreGone(
      alike.map(({from}) => from.path),
      progress,
      files,
    ),
  ])
  return alike.map((move, i) => ({...move, isGone: areGone[i] === true})).filter(({from}, i) => identities[i] === from.identity)
}

/**
 * Records moves. Where nothing is left at the known location, and it is below the scanned path, it moves with its file; else there is a further
 * one. Returns the files that are recorded; all others take a closer look.
 */
export async function recordMoves(
  {library}: Pick<Ports, 'library'>,
  root: Root,
  moves: readonly Move[],
  {report, seen}: Progress,
): Promise<Set<FoundFile>> {
  const recorded = new Set<FoundFile>()
  if (moves.length === 0) return recorded
  const locationIds = await library.recordMoved(root.id, moves)
  for (const [i, {file, from}] of moves.entries()) {
    const id = locationIds[i]
    if (id == null) continue
    recorded.add(file)
    if (isWithin(file.path, report.path)) seen.add(id)
    if (id === from.locationId) report.moved++
    else report.added++
  }
  return recorded
}

/** Asks once for a folder that is gone. What lies outside of the scanned path may be on a disk that is away. */
async function whichAreGone(paths: readonly string[], {report, signal}: Progress, files: Ports['files']): Promise<boolean[]> {
  const within = paths.filter(path => isWithin(path, report.path))
  const folders = [...new Set(within.map(dirnameOf))]
  const areThere = await inTurns(folders, signal, folder => files.exists(folder))
  const gone = new Set(folders.filter((_, i) => areThere[i] === false))
  return inTurns(
    paths,
    signal,
    async path =>
      isWithin(path, report.path) && (gone.has(dirnameOf(path)) || (await files.stat(path).catch(() => undefined)) === null),
  )
}
