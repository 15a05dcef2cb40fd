import {join} from 'node:path'
import type {Library} from '../../dist/domain/ports/library.js'
import {openSqliteLibrary} from '../../dist/library/sqlite/library.js'
import type {Sandbox} from './sandbox.js'

/** The library of a sandbox, for looking at what the commands do not show. */
export function openLibraryOf(box: Sandbox): Promise<Library> {
  return openSqliteLibrary(join(box.dataDir, 'library.db'))
}
