import type {Library, VerifiableFile} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import {joinPath, underFolder, type Sync} from './rows.js'

type Verifying = Sync<Pick<Library, 'verifiableFiles' | 'recordFullHash'>>

/** What is compared when files are read again. */
export function verifying(db: Db): Verifying {
  return {
    verifiableFiles(folder, afterId, limit) {
      const under = underFolder('folder.path', folder)
      const whole = folder.lastIndexOf('/')
      return db
        .prepare<unknown[], Omit<VerifiableFile, 'path'> & {folder: string; name: string}>(
          `SELECT location.id AS locationId, content.id AS contentId, folder.path AS folder, name, location.size_bytes AS sizeBytes,
             mtime_ms AS mtimeMs, identity, full_hash AS fullHash
           FROM location JOIN folder ON folder.id = folder_id JOIN content ON content.id = content_id
           WHERE state = 'present' AND (${under.sql} OR (folder.path = ? AND name = ?)) AND location.id > ?
             AND NOT EXISTS (SELECT 1 FROM job WHERE job.kind = 'inspect' AND subject = location.id AND job.state <> 'failed')
           ORDER BY location.id LIMIT ?`,
        )
        .all(...under.params, folder.slice(0, whole) || '/', folder.slice(whole + 1), afterId, limit)
        .map(({folder, name, ...row}) => ({...row, path: joinPath(folder, name)}))
    },

    recordFullHash: (contentId, fullHash) =>
      void db.prepare('UPDATE content SET full_hash = ? WHERE id = ? AND full_hash IS NULL').run(fullHash, contentId),
  }
}
