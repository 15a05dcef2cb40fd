import {readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'

/**
 * Deletes the index files of one library in a folder that have none of the names to be kept. Graphs are read into memory as a whole: what another process
 * works with is not taken from it. A cache that cannot be written stays as it is.
 */
export async function sweepIndexFiles(folder: string, libraryId: string, keep: readonly string[]): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const isLeft = (file: string): boolean => file.startsWith(`${libraryId}.`) && !keep.some(name => file.startsWith(`${name}.`))
  for (const file of names.filter(isLeft)) await rm(join(folder, file), {force: true}).catch(() => undefined)
}
