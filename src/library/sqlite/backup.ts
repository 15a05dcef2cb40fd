import {randomUUID} from 'node:crypto'
import {closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import Database from 'better-sqlite3'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {LibraryHealth} from '../../domain/ports/library.js'
import {damaged, translateError, versionOf, type Db} from './database.js'
import {MIGRATIONS} from './schema.js'

/** Copies the open library at `path` to a file, as the port's `backup` says. */
export async function backupTo(db: Db, path: string, file: string): Promise<LibraryHealth> {
  if (existsSync(file) && !isLibrary(file)) {
    throw new MediaForgeError('USAGE', `${file} is there and is no backup: it is not overwritten`, {
      hint: 'name a file that is not there yet, or an earlier backup',
    })
  }
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    mkdirSync(dirname(file), {recursive: true})
    await db.backup(temporary)
    const health = settle(temporary, why => damaged(path, why))
    renameSync(temporary, file)
    return {...health, path: file}
  } catch (error) {
    throw error instanceof MediaForgeError ? error : copyError(error, path, file)
  } finally {
    for (const leftover of partsOf(temporary)) rmSync(leftover, {force: true})
  }
}

/**
 * Puts a backup in the place of the library at `path`, which is kept beside it. Rejects with `USAGE` where there is no backup,
 * `LIBRARY_TOO_NEW`, `LIBRARY_CORRUPT` for a damaged one, and `LIBRARY_BUSY` while another process works with the library; the library is
 * then as it was.
 */
export async function restoreSqliteLibrary(path: string, backup: string): Promise<LibraryHealth & {kept: string | null}> {
  const source = openBackup(backup)
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    mkdirSync(dirname(path), {recursive: true})
    await source.backup(temporary)
    const health = settle(
      temporary,
      why => damagedBackup(backup, why),
      db => {
        // The vector indexes in the cache know other rows under the same numbers: under a new name they are made anew.
        db.exec("UPDATE setting SET value = lower(hex(randomblob(8))) WHERE name = 'id'")
      },
    )
    const kept = existsSync(path) ? moveAside(path) : null
    renameSync(temporary, path)
    return {...health, path, kept}
  } catch (error) {
    throw error instanceof MediaForgeError ? error : translateError(error, path)
  } finally {
    source.close()
    for (const leftover of partsOf(temporary)) rmSync(leftover, {force: true})
  }
}

/** Opens a backup for reading, looked through from end to end. */
function openBackup(file: string): Db {
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new MediaForgeError('USAGE', `there is no backup ${file}`, {hint: 'name a file that mediaforge backup wrote'})
  }
  let db: Db | undefined
  try {
    db = new Database(file, {readonly: true})
    const integrity = db.pragma('integrity_check(1)', {simple: true}) as string
    if (integrity !== 'ok') throw damagedBackup(file, integrity)
    if (versionOf(db) > MIGRATIONS.length) {
      throw new MediaForgeError(
        'LIBRARY_TOO_NEW',
        `the backup ${file} was made by a newer mediaforge (version ${versionOf(db)}, this one knows ${MIGRATIONS.length})`,
        {hint: 'update mediaforge'},
      )
    }
    if (!hasLibraryTables(db)) throw damagedBackup(file, 'it is no library of mediaforge')
    return db
  } catch (error) {
    db?.close()
    throw error instanceof MediaForgeError ? error : damagedBackup(file, messageOf(error))
  }
}

function damagedBackup(file: string, why: string): MediaForgeError {
  return new MediaForgeError('LIBRARY_CORRUPT', `the backup ${file} cannot be used: ${why}`, {hint: 'try an earlier backup'})
}

/** Makes of a fresh copy one file that stands alone, checks it, and waits until it is on the disk. */
function settle(file: string, blame: (why: string) => MediaForgeError, change?: (db: Db) => void): LibraryHealth {
  const db = new Database(file)
  let health: LibraryHealth
  try {
    db.pragma('journal_mode = DELETE')
    change?.(db)
    const integrity = db.pragma('integrity_check(1)', {simple: true}) as string
    if (integrity !== 'ok') throw blame(integrity)
    health = {path: file, version: versionOf(db), sizeBytes: statSync(file).size, integrity}
  } finally {
    db.close()
  }
  const descriptor = openSync(file, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return health
}

/** Renames the library, with what SQLite keeps beside it. Gives the new name. */
function moveAside(path: string): string {
  refuseWhileUsed(path)
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const kept = `${path}.before-restore-${stamp}`
  const names = partsOf(kept)
  for (const [i, part] of partsOf(path).entries()) if (existsSync(part)) renameSync(part, names[i] as string)
  return kept
}

/** Whoever has it open would go on writing into the file that was moved away. A damaged library is nobody's. */
function refuseWhileUsed(path: string): void {
  let db: Db | undefined
  try {
    db = new Database(path, {timeout: 2000})
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; ROLLBACK')
  } catch (error) {
    const translated = translateError(error, path)
    if (translated instanceof MediaForgeError && translated.code === 'LIBRARY_BUSY') throw translated
  } finally {
    db?.close()
  }
}

function isLibrary(file: string): boolean {
  let db: Db | undefined
  try {
    db = new Database(file, {readonly: true})
    return hasLibraryTables(db)
  } catch {
    return false
  } finally {
    db?.close()
  }
}

function hasLibraryTables(db: Db): boolean {
  const tables = db.prepare(
    "SELECT count(*) FROM sqlite_schema WHERE name IN ('root', 'folder', 'content', 'location', 'setting')",
  )
  return tables.pluck().get() === 5
}

function partsOf(path: string): string[] {
  return [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]
}

function copyError(error: unknown, path: string, file: string): Error {
  const translated = translateError(error, file)
  if (translated instanceof MediaForgeError && translated.code === 'LIBRARY_CORRUPT') return translateError(error, path)
  if (!(translated instanceof MediaForgeError) || translated.code !== 'LIBRARY_READ_ONLY') return translated
  return new MediaForgeError('USAGE', `${file} cannot be written: ${messageOf(error)}`, {
    hint: 'name a file in a folder that you may write to',
    cause: error,
  })
}
