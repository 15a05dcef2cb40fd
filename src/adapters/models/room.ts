import {stat, statfs} from 'node:fs/promises'
import {join} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import type {ModelFile} from '../../domain/models.js'
import {formatSize} from '../../domain/units.js'

/** What stays free on the disk whatever is put there. */
const SPARE_BYTES = 100_000_000

/** Rejects with `DISK_FULL` before anything is written into the folder `staging`, where it would be in the end. What is there already counts. */
export async function assertRoom(files: readonly ModelFile[], staging: string): Promise<void> {
  let needed = 0
  for (const {path, sizeBytes} of files) {
    const had =
      (await stat(join(staging, path)).catch(() => null)) ?? (await stat(join(staging, `${path}.part`)).catch(() => null))
    needed += Math.max(0, (sizeBytes ?? 0) - (had?.size ?? 0))
  }
  const {bavail, bsize} = await statfs(staging)
  const free = bavail * bsize
  if (needed + SPARE_BYTES <= free) return
  throw new MediaForgeError(
    'DISK_FULL',
    `the model needs ${formatSize(needed)} more, and ${formatSize(free)} are free in ${staging}`,
    {
      hint: 'free some space, or set MEDIAFORGE_MODELS_DIR to a folder on another disk',
    },
  )
}
