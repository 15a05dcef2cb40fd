import {MediaForgeError} from '../domain/errors.js'
import {normaliseTags} from '../domain/tag-names.js'
import type {Tag} from '../domain/tags.js'
import {contentIdOf} from './files.js'
import type {Ports} from './ports.js'
import {tagVersion} from './stages/tag.js'
import {drain, type DrainReport} from './worker.js'

export interface TagReport extends DrainReport {
  /** Files put on the queue now: those never tagged, or tagged by older rules. */
  queued: number
}

/**
 * Tags whatever is not tagged yet by the rules of now, embedding first what has no vectors. `again`: also what is. `leastConfidence` is kept for
 * every later tag of this library.
 */
export async function tagAll(
  ports: Ports,
  {again, leastConfidence}: {again: boolean; leastConfidence?: number},
  options: {signal: AbortSignal},
): Promise<TagReport> {
  if (leastConfidence !== undefined) await ports.library.setLeastConfidence(leastConfidence)
  const {space} = await ports.embedder()
  const stale = await ports.library.enqueueStale('embed', space.name)
  const untagged = await ports.library.enqueueStale('tag', again ? '' : await tagVersion(ports))
  const report = await drain(ports, {kinds: ['frames', 'embed', 'tag']}, options)
  return {queued: stale + untagged, ...report}
}

/** Adds tags by hand, normalised. Returns all tags the file has then. */
export async function addTags(ports: Pick<Ports, 'library'>, path: string, names: string[]): Promise<Tag[]> {
  const contentId = await contentIdOf(ports, path)
  for (const name of names) {
    if (name.includes('/') && (await ports.library.locationAt(name)) !== null) {
      throw new MediaForgeError('USAGE', `${name} is a file, not a tag: tags are given to one file at a time`)
    }
  }
  await ports.library.addTags(contentId, tagNames(names))
  return ports.library.tags(contentId)
}

/** Takes tags away for good: no machine brings them back, only `addTags` does. Returns what was removed, and the tags left. */
export async function removeTags(
  ports: Pick<Ports, 'library'>,
  path: string,
  names: string[],
): Promise<{removed: string[]; tags: Tag[]}> {
  const contentId = await contentIdOf(ports, path)
  const removed = await ports.library.removeTags(contentId, tagNames(names))
  return {removed, tags: await ports.library.tags(contentId)}
}

function tagNames(names: string[]): string[] {
  const normalised = normaliseTags(names)
  if (normalised.length === 0) throw new MediaForgeError('USAGE', 'no tag was given', {hint: 'mediaforge tag add FILE beach'})
  return normalised
}
