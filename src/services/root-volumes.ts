import type {Root} from '../domain/ports/library.js'
import type {VolumePlace} from '../domain/ports/volumes.js'
import type {Ports} from './ports.js'

type VolumePorts = Pick<Ports, 'library' | 'volumes'>

/**
 * Where a disk is mounted at another place than before, the roots on it that a path belongs to, or that lie below it, move there with all that was
 * known of them. One that is still to be seen at its old place stays there.
 */
export async function followVolume({library, volumes}: VolumePorts, path: string): Promise<void> {
  const place = await volumes.placeOf(path)
  if (place === null) return
  const roots = await library.roots()
  if (roots.some(root => below(path, root.path) !== null)) return
  for (const root of roots) {
    const target = root.volume?.id === place.id ? placeNow(root.volume, place, path) : null
    if (target === null || (await isStillThere(root, volumes))) continue
    await library.moveRoot(root.id, target)
  }
}

/** Notes on which disk a root is, once it was seen. */
export async function rememberVolume({library, volumes}: VolumePorts, rootId: number): Promise<void> {
  const root = (await library.roots()).find(({id}) => id === rootId)
  if (root === undefined) return
  const place = await volumes.placeOf(root.path)
  if (place === null || (root.volume?.id === place.id && root.volume.path === place.path)) return
  await library.placeRoot(rootId, place)
}

/** Where a root is, seen from a path whose place on the same volume is known; null where neither holds the other. */
function placeNow(root: VolumePlace, place: VolumePlace, path: string): string | null {
  const inside = below(root.path, place.path)
  if (inside !== null) return joined(path, inside)
  const outside = below(place.path, root.path)
  if (outside === null || !path.endsWith(outside)) return null
  return path.slice(0, path.length - outside.length) || '/'
}

async function isStillThere(root: Root, volumes: Ports['volumes']): Promise<boolean> {
  const place = await volumes.placeOf(root.path)
  return place !== null && place.id === root.volume?.id && place.path === root.volume.path
}

/** What of a path lies below a folder, with the slash in front: empty for the folder itself, null for a path elsewhere. */
function below(path: string, folder: string): string | null {
  if (path === folder) return ''
  const base = folder === '/' ? '' : folder
  return path.startsWith(`${base}/`) ? path.slice(base.length) : null
}

function joined(folder: string, inside: string): string {
  return folder === '/' && inside !== '' ? inside : folder + inside
}
