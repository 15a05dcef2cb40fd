import {throwIfCancelled} from '../domain/errors.js'
import type {AbsentFilter, AbsentLocation, LeavingContent} from '../domain/ports/pruning.js'
import type {Ports} from './ports.js'

const PAGE = 1000

export interface PruneOptions {
  /** Only what has been gone for at least this long. */
  missingForMs?: number
  /** Also what could not be seen because its disk or folder was away. */
  offline: boolean
  /** Also contents that no file holds any more, because it was changed. */
  replaced: boolean
}

/** What would leave the library. */
export interface PrunePlan {
  files: AbsentLocation[]
  contents: LeavingContent[]
  /** Files that are gone by the library, and there by the disk: a scan brings them back, so they stay. */
  returned: string[]
}

/** What left. Fewer than planned where a scan found some of it again meanwhile. */
export interface Pruned {
  files: number
  contents: number
}

/** Finds what may go. Each file is looked for once more: what is there, or cannot be looked at, stays. */
export async function planPrune(
  {library, files}: Pick<Ports, 'library' | 'files'>,
  {missingForMs, offline, replaced}: PruneOptions,
  {signal}: {signal: AbortSignal},
): Promise<PrunePlan> {
  const filter: AbsentFilter = {
    states: offline ? ['missing', 'offline'] : ['missing'],
    before: missingForMs === undefined ? null : new Date(Date.now() - missingForMs).toISOString(),
  }
  const plan: PrunePlan = {files: [], contents: [], returned: []}
  for (let after = 0; ;) {
    throwIfCancelled(signal)
    const page = await library.absentLocations(filter, after, PAGE)
    for (const location of page) {
      if (await isGone(files, location.path)) plan.files.push(location)
      else plan.returned.push(location.path)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = last.id
  }
  plan.contents = await library.contentsOnlyAt(plan.files.map(file => file.id))
  if (replaced) plan.contents.push(...(await library.contentsNowhere()))
  return plan
}

async function isGone(files: Ports['files'], path: string): Promise<boolean> {
  try {
    return (await files.stat(path)) === null
  } catch {
    return false
  }
}

/** Takes out of the library what was planned, and its previews. The media are never touched. Interrupted, it has done a part of it. */
export async function prune(
  {library, previews}: Pick<Ports, 'library' | 'previews'>,
  {files, contents}: PrunePlan,
  {signal}: {signal: AbortSignal},
): Promise<Pruned> {
  const pruned: Pruned = {files: 0, contents: 0}
  for (let i = 0; i < files.length; i += PAGE) {
    throwIfCancelled(signal)
    pruned.files += await library.removeLocations(files.slice(i, i + PAGE).map(file => file.id))
  }
  for (let i = 0; i < contents.length; i += PAGE) {
    throwIfCancelled(signal)
    const identities = await library.removeContents(contents.slice(i, i + PAGE).map(content => content.id))
    for (const identity of identities) await previews.remove(identity)
    pruned.contents += identities.length
  }
  return pruned
}
