import {accessSync, chmodSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, dirname, join} from 'node:path'
import Database from 'better-sqlite3'
import {MediaForgeError} from '../../domain/errors.js'

type Db = Database.Database

/** Whether there is a database at `path` that may not be written here: its file, its folder or its disk forbids it. */
export function isReadOnly(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    for (const place of [path, dirname(path)]) accessSync(place, constants.W_OK)
    return false
  } catch {
    return true
  }
}

/**
 * Opens such a database; whoever writes to it is told `SQLITE_READONLY`. In WAL mode SQLite needs shared memory beside the file, which is there
 * for as long as somebody works with it. Otherwise nobody does, and a copy is read. `prepare` may change the copy.
 */
export function openReadOnly(path: string, prepare: (db: Db) => void): Db {
  return (existsSync(`${path}-shm`) ? openShared(path, prepare) : null) ?? openCopy(path, prepare)
}

/** Null where it cannot be read in its place after all: the shared memory is of a process that died, or may not even be read. */
function openShared(path: string, prepare: (db: Db) => void): Db | null {
  let db: Db | undefined
  try {
    db = new Database(path, {readonly: true})
    prepare(db)
    return db
  } catch (error) {
    db?.close()
    if (error instanceof Database.SqliteError && /^SQLITE_(READONLY|CANTOPEN)/.test(error.code)) return null
    throw error
  }
}

function openCopy(path: string, prepare: (db: Db) => void): Db {
  const folder = mkdtempSync(join(tmpdir(), 'mediaforge-'))
  try {
    const copy = join(folder, basename(path))
    for (const part of ['', '-wal']) {
      if (!existsSync(path + part)) continue
      copyFileSync(path + part, copy + part, constants.COPYFILE_FICLONE)
      chmodSync(copy + part, 0o600)
    }
    const db = new Database(copy)
    db.pragma('journal_mode = MEMORY')
    prepare(db)
    db.pragma('query_only = ON')
    return db
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    throw new MediaForgeError('DISK_FULL', `no room in ${tmpdir()} for a copy of the library ${path}, which may only be read`, {
      hint: 'set TMPDIR to a folder with more room, or make the library and its folder writable',
      cause: error,
    })
  } finally {
    // What is open stays open. So nothing is left behind, however the process ends.
    rmSync(folder, {recursive: true, force: true})
  }
}
