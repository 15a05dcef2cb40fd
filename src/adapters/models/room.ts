import {stat, statfs} from 'node:fs/promises'
import {join} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import type {ModelFile} from '../../domain/models.js'
import {formatSize} from '../../domain/units.js'

/** What stays free on the disk whatever is put there. */
const SPARE_BYTES = 100_000_000

/** What of some files is not in a folder yet, in bytes as far as they are known. What an interrupted download left counts as there. */
export async function missingBytes(files: readonly ModelFile[], folder: string): Promise<number> {
  let missing = 0
  for (const {path, sizeBytes} of files) {
    const had = (await stat(join(folder, path)).catch(() => null)) ?? (await stat(join(folder, `${path}.part`)).catch(() => null))
    missing += Math.max(0, (sizeBytes ?? 0) - (had?.size ?? 0))
  }
  return missing
}

/** Room on a disk that several models are brought to at once. */
export interface Room {
  /**
   * Rejects with `DISK_FULL` where `neededBytes` do not fit into the folder beside what those who came before still wait for. Tell by `come` what has
   * come of them, and call `release` at the end.
   */
  claim(neededBytes: number, folder: string): Promise<{come: (bytes: number) => void; release: () => void}>
}

export function openRoom(): Room {
  /** What each still waits for, in the order they came. */
  const claims = new Map<symbol, number>()
  return {
    async claim(neededBytes, folder) {
      const own = Symbol(folder)
      const before = [...claims.keys()]
      claims.set(own, neededBytes)
      const {bavail, bsize} = await statfs(folder)
      const others = before.reduce((sum, key) => sum + (claims.get(key) ?? 0), 0)
      const free = Math.max(0, bavail * bsize - others)
      if (neededBytes + SPARE_BYTES > free) {
        claims.delete(own)
        throw new MediaForgeError(
          'DISK_FULL',
          `the model needs ${formatSize(neededBytes)} more, and ${formatSize(free)} are free in ${folder}`,
          {hint: 'free some space, or set MEDIAFORGE_MODELS_DIR to a folder on another disk'},
        )
      }
      return {
        come: bytes => void claims.set(own, Math.max(0, neededBytes - bytes)),
        release: () => void claims.delete(own),
      }
    },
  }
}
