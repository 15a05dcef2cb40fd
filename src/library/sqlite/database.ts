import {mkdirSync} from 'node:fs'
import {dirname} from 'node:path'
import Database from 'better-sqlite3'
import {MediaForgeError} from '../../domain/errors.js'
import {isReadOnly, openReadOnly} from './read-only.js'
import {MIGRATIONS} from './schema.js'

export type Db = Database.Database

/**
 * Opens the database file and brings it to this program's version; one that may only be read can be read. Rejects like every method of the
 * library.
 */
export function openDatabase(path: string): Db {
  if (isReadOnly(path)) return openReadOnly(path, db => migrate(db, path))
  mkdirSync(dirname(path), {recursive: true})
  const db = new Database(path, {timeout: 10_000})
  try {
    db.pragma('journal_mode = WAL')
    // In WAL mode NORMAL loses nothing to a crash of the program, and at most the last commits to a power cut.
    db.pragma('synchronous = NORMAL')
    db.pragma('foreign_keys = ON')
    db.pragma('cache_size = -32000')
    migrate(db, path)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function migrate(db: Db, path: string): void {
  if (versionOf(db) === MIGRATIONS.length) return
  db.transaction(() => {
    // Read again inside the transaction: another process may have migrated in the meantime.
    const version = versionOf(db)
    if (version > MIGRATIONS.length) {
      throw new MediaForgeError(
        'LIBRARY_TOO_NEW',
        `the library ${path} was made by a newer mediaforge (version ${version}, this one knows ${MIGRATIONS.length})`,
        {hint: 'update mediaforge, or name another library with --data-dir'},
      )
    }
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration)
    db.pragma(`user_version = ${MIGRATIONS.length}`)
  }).immediate()
}

export function versionOf(db: Db): number {
  return db.pragma('user_version', {simple: true}) as number
}

/** Why the library's folder cannot be made: a file stands in its place, or nobody may write there. */
const NO_FOLDER: ReadonlySet<string> = new Set(['EEXIST', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS'])

/** What a person whose library is damaged is told. */
export function damaged(path: string, why: string, cause?: unknown): MediaForgeError {
  return new MediaForgeError('LIBRARY_CORRUPT', `the library ${path} is damaged: ${why}`, {
    hint: `mediaforge restore BACKUP; or, without one, move it away and scan again: mv '${path}' '${path}.damaged'`,
    cause,
  })
}

/** Turns SQLite's own errors into this program's, so that a person reads what to do. */
export function translateError(error: unknown, path: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_PROTOCOL') {
    return new MediaForgeError('LIBRARY_BUSY', `another process holds the library ${path}`, {
      hint: 'wait for it to finish, then run the command again',
      cause: error,
    })
  }
  // Text that this program wrote as JSON and that is none any more.
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || error instanceof SyntaxError) {
    return damaged(path, (error as Error).message, error)
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || NO_FOLDER.has(code)) {
    return new MediaForgeError('LIBRARY_READ_ONLY', `the library ${path} cannot be opened for writing`, {
      hint: 'make it and its folder writable, or name another library with --data-dir',
      cause: error,
    })
  }
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC') {
    return new MediaForgeError('DISK_FULL', `no room left on the disk of the library ${path}`, {
      hint: 'free some space and run the command again: it goes on where it stopped',
      cause: error,
    })
  }
  // SQLite says no more where it makes room for its shared memory, so the disk may as well be full.
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO') {
    return new MediaForgeError('DISK_FAILING', `the disk of the library ${path} cannot be read or written: ${code}`, {
      hint: 'see whether it is full or failing (df -h, dmesg), then run the command again: it goes on where it stopped',
      cause: error,
    })
  }
  return error instanceof Error ? error : new Error(String(error))
}
