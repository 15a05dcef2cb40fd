import type {Library} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import {joinPath, now, placeholders, underFolder, type Sync} from './rows.js'

type Scanning = Sync<
  Pick<
    Library,
    | 'addRoot'
    | 'roots'
    | 'knownFiles'
    | 'recordFound'
    | 'sidecarsIn'
    | 'recordSidecars'
    | 'recordPresent'
    | 'countPresent'
    | 'presentLocations'
    | 'recordAbsent'
  >
>

type KnownRow = [id: number, name: string, sizeBytes: number, mtimeMs: number, inode: number, state: string, unreadable: 0 | 1]

/** Locations as a scan meets them. */
export function scanning(db: Db): Scanning {
  const addRoot = db.prepare('INSERT INTO root (path, added_at) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const rootByPath = db.prepare<[string], {id: number; path: string}>('SELECT id, path FROM root WHERE path = ?')
  // A rescan spends most of its time here: rows come as arrays, which cost half of what objects do.
  const known = db
    .prepare<[string], KnownRow>(
      `SELECT location.id, name, size_bytes, mtime_ms, inode, state, EXISTS (SELECT 1 FROM job
         WHERE kind = 'inspect' AND subject = location.id AND job.state = 'failed' AND error_code = 'FILE_UNREADABLE')
       FROM location JOIN folder ON folder.id = folder_id WHERE folder.path = ?`,
    )
    .raw()
  const addFolder = db.prepare(
    'INSERT INTO folder (root_id, path) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET root_id = excluded.root_id',
  )
  const folderId = db.prepare<[string], {id: number}>('SELECT id FROM folder WHERE path = ?')
  const existing = db.prepare<[number, string], {id: number}>('SELECT id FROM location WHERE folder_id = ? AND name = ?')
  const upsert = db.prepare(`
    INSERT INTO location (folder_id, name, kind, format, mime, size_bytes, mtime_ms, inode)
    VALUES (@folderId, @name, @kind, @format, @mime, @sizeBytes, @mtimeMs, @inode)
    ON CONFLICT (folder_id, name) DO UPDATE SET kind = excluded.kind, format = excluded.format, mime = excluded.mime,
      size_bytes = excluded.size_bytes, mtime_ms = excluded.mtime_ms, inode = excluded.inode, state = 'present',
      is_changed = 1,
      content_id = CASE WHEN excluded.kind IS NULL THEN NULL ELSE content_id END`)
  const addJob = db.prepare(`
    INSERT INTO job (kind, subject, state, attempts, error_code, error_message, updated_at)
    VALUES ('inspect', @subject, @state, 0, @code, @message, @now)
    ON CONFLICT (kind, subject) DO UPDATE SET state = excluded.state, attempts = 0, run_after = 0, owner = NULL, lease_until = 0,
      error_code = excluded.error_code, error_message = excluded.error_message, updated_at = excluded.updated_at`)
  const dropJob = db.prepare("DELETE FROM job WHERE kind = 'inspect' AND subject = ?")

  return {
    addRoot(path) {
      addRoot.run(path, now())
      return rootByPath.get(path) as {id: number; path: string}
    },

    roots: () => db.prepare<[], {id: number; path: string}>('SELECT id, path FROM root ORDER BY path').all(),

    knownFiles: folder =>
      known.all(folder).map(([locationId, name, sizeBytes, mtimeMs, inode, state, unreadable]) => ({
        locationId,
        name,
        sizeBytes,
        mtimeMs,
        inode,
        present: state === 'present',
        unreadable: unreadable === 1,
      })),

    recordFound(rootId, folder, changes) {
      addFolder.run(rootId, folder)
      const id = (folderId.get(folder) as {id: number}).id
      const locationIds: number[] = []
      let added = 0
      for (const {file, format, problem} of changes) {
        const name = file.path.slice(joinPath(folder, '').length)
        const before = existing.get(id, name)
        if (before === undefined) added++
        const {sizeBytes, mtimeMs, inode} = file
        upsert.run({
          folderId: id,
          name,
          sizeBytes,
          mtimeMs,
          inode,
          kind: format?.kind ?? null,
          format: format?.format ?? null,
          mime: format?.mime ?? null,
        })
        const subject = before?.id ?? (existing.get(id, name) as {id: number}).id
        locationIds.push(subject)
        if (format === null && problem === undefined) {
          dropJob.run(subject)
          continue
        }
        addJob.run({
          subject,
          state: problem === undefined ? 'queued' : 'failed',
          code: problem?.code ?? null,
          message: problem?.message ?? null,
          now: now(),
        })
      }
      return {locationIds, added}
    },

    sidecarsIn: folder =>
      db
        .prepare<[string], {name: string; sidecars: string}>(
          'SELECT name, sidecars FROM location JOIN folder ON folder.id = folder_id WHERE folder.path = ? AND sidecars IS NOT NULL',
        )
        .all(folder)
        .map(({name, sidecars}) => ({name, sidecars: JSON.parse(sidecars) as string[]})),

    recordSidecars(folder, pairs) {
      const id = folderId.get(folder)?.id
      const set = db.prepare('UPDATE location SET sidecars = @sidecars WHERE folder_id = @id AND name = @name')
      const lookAgain = db.prepare(`
        INSERT INTO job (kind, subject, updated_at) SELECT 'inspect', id, @now FROM location
        WHERE folder_id = @id AND name = @name AND kind IS NOT NULL AND state = 'present' ON CONFLICT DO NOTHING`)
      for (const {name, sidecars} of pairs) {
        set.run({id, name, sidecars: sidecars.length === 0 ? null : JSON.stringify(sidecars)})
        lookAgain.run({id, name, now: now()})
      }
    },

    recordPresent(locationIds) {
      const present = db.prepare("UPDATE location SET state = 'present' WHERE id = ?")
      // Its absence took the job of a file that nobody had looked at yet, and ended those that wanted to read it.
      const inspect = db.prepare(`
        INSERT INTO job (kind, subject, updated_at) SELECT 'inspect', id, @now FROM location WHERE id = @id AND content_id IS NULL
        ON CONFLICT DO NOTHING`)
      const goOn = db.prepare(`
        UPDATE job SET state = 'queued', attempts = 0, run_after = 0, error_code = NULL, error_message = NULL
        WHERE state = 'failed' AND error_code = 'FILE_VANISHED' AND kind <> 'inspect'
          AND subject = (SELECT content_id FROM location WHERE id = ?)`)
      for (const id of locationIds) {
        present.run(id)
        inspect.run({id, now: now()})
        goOn.run(id)
      }
    },

    countPresent(folder) {
      const under = underFolder('folder.path', folder)
      return db
        .prepare<unknown[], number>(
          `SELECT count(*) FROM location JOIN folder ON folder.id = folder_id WHERE state = 'present' AND ${under.sql}`,
        )
        .pluck()
        .get(...under.params) as number
    },

    presentLocations(folder, afterId, limit) {
      const under = underFolder('folder.path', folder)
      return db
        .prepare<unknown[], {id: number; folder: string; name: string; inode: number; sizeBytes: number}>(
          `SELECT location.id, folder.path AS folder, name, inode, location.size_bytes AS sizeBytes
           FROM location JOIN folder ON folder.id = folder_id
           WHERE state = 'present' AND ${under.sql} AND location.id > ? ORDER BY location.id LIMIT ?`,
        )
        .all(...under.params, afterId, limit)
        .map(row => ({id: row.id, path: joinPath(row.folder, row.name), inode: row.inode, sizeBytes: row.sizeBytes}))
    },

    recordAbsent(locationIds, state) {
      for (let i = 0; i < locationIds.length; i += 500) {
        const ids = locationIds.slice(i, i + 500)
        db.prepare(`UPDATE location SET state = ? WHERE id IN (${placeholders(ids.length)})`).run(state, ...ids)
        // What is not there cannot be looked at; the job comes back when the file does.
        db.prepare(
          `DELETE FROM job WHERE kind = 'inspect' AND state <> 'running' AND subject IN (${placeholders(ids.length)})`,
        ).run(...ids)
      }
    },
  }
}
