import {isUtf8} from 'node:buffer'
import {readdirSync, type Dirent} from 'node:fs'
import {readdir} from 'node:fs/promises'
import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'

/** A folder whose own record is this large holds some ten thousand names: listing it at once would hold up the event loop. */
const LARGE_FOLDER_BYTES = 256 * 1024

/** What one folder holds in name order, and apart from that what has a name that is no UTF-8: U+FFFD stands for the bytes. */
export interface FolderEntries {
  entries: Dirent[]
  invalid: Dirent[]
}

/**
 * Lists a folder. `recordBytes` is the size `stat` gives for the folder itself. Listing synchronously is three times as fast, so that
 * is what small folders get. Rejects with system errors, and with `CANCELLED` without waiting for a large folder's listing to end.
 */
export async function listFolder(path: string, recordBytes: number, signal: AbortSignal | undefined): Promise<FolderEntries> {
  const entries =
    recordBytes < LARGE_FOLDER_BYTES
      ? readdirSync(path, {withFileTypes: true})
      : await unlessCancelled(readdir(path, {withFileTypes: true}), signal)
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  if (!entries.some(isSuspicious)) return {entries, invalid: []}

  // U+FFFD stands for bytes that could not be decoded, but it is a character that a name may also really have.
  const valid = new Set(readdirSync(path, {encoding: 'buffer'}).filter(isUtf8).map(String))
  const told: FolderEntries = {entries: [], invalid: []}
  for (const entry of entries) {
    const isInvalid = isSuspicious(entry) && !valid.delete(entry.name)
    told[isInvalid ? 'invalid' : 'entries'].push(entry)
  }
  return told
}

function isSuspicious(entry: Dirent): boolean {
  return entry.name.includes('\uFFFD')
}

function unlessCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  throwIfCancelled(signal)
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new MediaForgeError('CANCELLED', 'interrupted', {cause: signal.reason}))
    signal.addEventListener('abort', cancel, {once: true})
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel))
  })
}
