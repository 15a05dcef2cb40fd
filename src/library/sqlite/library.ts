import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {Library} from '../../domain/ports/library.js'
import {answers} from './answers.js'
import {backupTo} from './backup.js'
import {damaged, openDatabase, translateError, type Db} from './database.js'
import {locking} from './locking.js'
import {moments} from './moments.js'
import {moving} from './moving.js'
import {pruning} from './pruning.js'
import {neighbours} from './neighbours.js'
import {queue} from './queue.js'
import {reading} from './reading.js'
import type {Sync} from './rows.js'
import {scanning} from './scanning.js'
import {searching} from './searching.js'
import {settings} from './settings.js'
import {spaces} from './spaces.js'
import {tagging} from './tagging.js'
import {verifying} from './verifying.js'

type Methods = Sync<Omit<Library, 'backup' | typeof Symbol.asyncDispose>>

/** Methods that change nothing, and so need no transaction of their own. */
const READS: ReadonlySet<keyof Methods> = new Set([
  'id',
  'roots',
  'knownFiles',
  'knownByInode',
  'sidecarsIn',
  'countPresent',
  'countOffline',
  'presentLocations',
  'verifiableFiles',
  'jobCounts',
  'recentJobs',
  'nextJobDelayMs',
  'listJobs',
  'isPaused',
  'location',
  'locationAt',
  'content',
  'contentByIdentity',
  'neighbours',
  'owners',
  'detections',
  'sound',
  'cues',
  'searchCues',
  'passes',
  'tags',
  'refusedTags',
  'contentIds',
  'stats',
  'health',
  'searchText',
  'matching',
  'filterVectors',
  'summaries',
  'vectorState',
  'vectorsAfter',
  'vectorsOf',
  'vectorOwners',
  'cachedQuery',
  'absentLocations',
  'contentsOnlyAt',
  'contentsNowhere',
  'spaces',
  'countUncovered',
  'contentVectors',
  'answeredVectors',
  'answeredDetections',
  'leastConfidence',
  'captions',
  'momentTags',
])

/** Opens the library at `path`, making it where there is none. Each method is one transaction; see the port for what it rejects with. */
export function openSqliteLibrary(path: string): Promise<Library> {
  return guarded(path, () => {
    const db = openDatabase(path)
    const methods: Methods = {
      ...scanning(db),
      ...moving(db),
      ...queue(db),
      ...reading(db, path),
      ...tagging(db),
      ...verifying(db),
      ...neighbours(db),
      ...searching(db),
      ...moments(db),
      ...pruning(db),
      ...locking(db),
      ...spaces(db),
      ...answers(db),
      ...settings(db),
    }
    const library: Record<PropertyKey, unknown> = {}
    for (const [name, method] of Object.entries(methods) as [keyof Methods, (...args: unknown[]) => unknown][]) {
      // IMMEDIATE takes the write lock at once: a transaction that read first could not be upgraded while another process writes.
      const run = READS.has(name) ? method : db.transaction(method).immediate
      library[name] = (...args: unknown[]) => guarded(path, () => run(...args), db)
    }
    library.backup = (file: string) => backupTo(db, path, file)
    library[Symbol.asyncDispose] = () => guarded(path, () => void db.close())
    return library as unknown as Library
  })
}

/**
 * Runs now, and makes of the outcome a promise with this program's errors. One that nobody foresaw comes from the damage where the database has
 * any: rows that contradict each other, or are not there.
 */
function guarded<Result>(path: string, run: () => Result, db?: Db): Promise<Result> {
  try {
    return Promise.resolve(run())
  } catch (error) {
    const translated = translateError(error, path)
    const damage = translated instanceof MediaForgeError || db === undefined ? null : damageOf(db)
    return Promise.reject(damage === null ? translated : damaged(path, damage, error))
  }
}

/** Null where SQLite finds none. */
function damageOf(db: Db): string | null {
  try {
    const found = db.pragma('quick_check(1)', {simple: true}) as string
    return found === 'ok' ? null : messageOf(found)
  } catch (error) {
    return messageOf(error)
  }
}
