import {randomUUID} from 'node:crypto'
import {constants, copyFile, link, mkdir, rm, writeFile} from 'node:fs/promises'
import {dirname} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import {errnoOf, reasonOf} from './file-errors.js'

/** A link is made or not made, in one step; some file systems of sticks and shares have none. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/** Writes a file through a temporary one, and never over another. Resolves and rejects like `FileSystem.writeNew`. */
export async function writeNew(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await mkdir(dirname(path), {recursive: true})
    await writeFile(temporary, text, {flag: 'wx'})
    await link(temporary, path).catch(async (error: unknown) => {
      if (!NO_LINKS.includes(errnoOf(error))) throw error
      await copyFile(temporary, path, constants.COPYFILE_EXCL)
    })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    if (errnoOf(error) === 'ENOSPC') throw new MediaForgeError('DISK_FULL', `no room left for ${path}`, {cause: error})
    throw new MediaForgeError('FILE_UNREADABLE', `${path} cannot be written: ${reasonOf(error)}`, {cause: error})
  } finally {
    await rm(temporary, {force: true}).catch(() => undefined)
  }
}
