import {MediaForgeError} from '../../domain/errors.js'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the operating system does not permit it',
  EIO: 'the disk reports an input/output error',
  ELOOP: 'its symbolic links go in a circle',
  ENAMETOOLONG: 'the path is too long for this system',
  EISDIR: 'it is a folder',
  ENODEV: 'the device is gone',
}

/** The program's own shortages: another attempt may succeed, so they must not be blamed on the file. */
const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR'])

/** The `code` of a system error such as `ENOENT`, or an empty string for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether a system error says that nothing is at the path any more. */
export function saysGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ESTALE'].includes(errnoOf(error))
}

/** A system error in plain words: `permission denied`. */
export function reasonOf(error: unknown): string {
  const errno = errnoOf(error)
  return REASONS[errno] ?? (errno === '' ? String(error) : errno)
}

/**
 * What to throw for a failed open or read of a file: `FILE_VANISHED`, `FILE_UNREADABLE`, or the error itself where it is typed
 * already or says nothing about the file.
 */
export function fileError(error: unknown): unknown {
  if (error instanceof MediaForgeError || errnoOf(error) === '' || SHORTAGES.has(errnoOf(error))) return error
  if (saysGone(error)) return new MediaForgeError('FILE_VANISHED', 'the file is no longer there', {cause: error})
  return new MediaForgeError('FILE_UNREADABLE', `cannot be read: ${reasonOf(error)}`, {cause: error})
}

/** The file is shorter or longer than when it was looked at: whoever writes it has not finished. */
export function changedWhileRead(): MediaForgeError {
  return new MediaForgeError('FILE_UNREADABLE', 'the file changed while it was read', {hint: 'scan again once it is complete'})
}
