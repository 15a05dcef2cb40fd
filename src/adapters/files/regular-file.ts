import {close, constants, fstatSync, open, read} from 'node:fs'
import {promisify} from 'node:util'
import {MediaForgeError} from '../../domain/errors.js'
import {fileError} from './file-errors.js'

// A quarter faster than `FileHandle` for the one short read a file that a first scan is made of.
const openFile = promisify(open)
const readFile = promisify(read)
const closeFile = promisify(close)

/** An open file: its size, and reading at a place, which may give fewer bytes than the buffer takes, and none at the end. */
export interface RegularFile {
  sizeBytes: number
  read(buffer: Buffer, position: number): Promise<number>
}

/**
 * Opens a file for as long as `use` takes. Rejects with `FILE_VANISHED`, and with `FILE_UNREADABLE` also where there is something else
 * than a regular file.
 */
export async function withRegularFile<T>(path: string, use: (file: RegularFile) => Promise<T>): Promise<T> {
  let descriptor: number | undefined
  try {
    // Should a pipe have taken the file's place, opening it must not wait for a writer.
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const opened = descriptor
    const stats = fstatSync(opened)
    if (!stats.isFile()) throw new MediaForgeError('FILE_UNREADABLE', 'it is not a regular file')
    return await use({
      sizeBytes: stats.size,
      read: async (buffer, position) => (await readFile(opened, buffer, 0, buffer.length, position)).bytesRead,
    })
  } catch (error) {
    throw fileError(error)
  } finally {
    if (descriptor !== undefined) await closeFile(descriptor)
  }
}
