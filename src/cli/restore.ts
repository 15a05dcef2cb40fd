import {join} from 'node:path'
import {restoreSqliteLibrary} from '../library/sqlite/backup.js'
import type {LibraryHealth} from '../domain/ports/library.js'
import type {Config} from './config.js'

/** What a restore did. `kept` is where the library from before is now; null where there was none. */
export type RestoreReport = LibraryHealth & {kept: string | null}

/** Brings a backup back. It opens no library first, since the one that is there may be damaged. */
export function restoreLibrary(config: Config, backup: string): Promise<RestoreReport> {
  return restoreSqliteLibrary(join(config.dataDir, 'library.db'), backup)
}
