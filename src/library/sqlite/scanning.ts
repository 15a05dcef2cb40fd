import {AT_REST_MS} from '../../domain/media.js'
import type {Library, Root} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import {goingOn} from './moving.js'
import {joinPath, now, placeholders, underFolder, type Sync} from './rows.js'
import {textRows} from './text-rows.js'

type Scanning = Sync<
  Pick<
    Library,
    | 'addRoot'
    | 'roots'
    | 'placeRoot'
    | 'moveRoot'
    | 'knownFiles'
    | 'recordFound'
    | 'sidecarsIn'
    | 'recordSidecars'
    | 'recordPresent'
    | 'countPresent'
    | 'countOffline'
    | 'presentLocations'
    | 'recordAbsent'
  >
>

type KnownRow = [id: number, name: string, sizeBytes: number, mtimeMs: number, inode: number, state: string, unreadable: 0 | 1]

interface RootRow {
  id: number
  path: string
  volumeId: string | null
  volumePath: string | null
}

/** What changes later than this was complete before. */
const LONGEST_ARRIVAL_MS = 86_400_000

const ROOT = 'SELECT id, path, volume_id AS volumeId, volume_path AS volumePath FROM root'

function rootOf({id, path, volumeId, volumePath}: RootRow): Root {
  return {id, path, volume: volumeId === null || volumePath === null ? null : {id: volumeId, path: volumePath}}
}

/** Locations as a scan meets them. */
export function scanning(db: Db): Scanning {
  const writeText = textRows(db)
  const goOn = goingOn(db)
  const addRoot = db.prepare('INSERT INTO root (path, added_at) VALUES (?, ?) ON CONFLICT DO NOTHING')
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
  const existing = db.prepare<
    [number, string],
    {id: number; sizeBytes: number; mtimeMs: number; kind: string | null; state: string; unreadable: 0 | 1}
  >(`SELECT id, size_bytes AS sizeBytes, mtime_ms AS mtimeMs, kind, state, EXISTS (SELECT 1 FROM job
       WHERE kind = 'inspect' AND subject = location.id AND job.state = 'failed' AND error_code = 'FILE_UNREADABLE') AS unreadable
     FROM location WHERE folder_id = ? AND name = ?`)
  const contentOf = db.prepare<[number], number | null>('SELECT content_id FROM location WHERE id = ?').pluck()
  /** Names and folders of places that are gone are no longer found, and those of places that are back are. */
  const rewriteText = (locationIds: number[]): void => {
    const contents = new Set(locationIds.map(id => contentOf.get(id)))
    for (const id of contents) if (id != null) writeText(id)
  }
  const upsert = db.prepare(`
    INSERT INTO location (folder_id, name, kind, format, mime, size_bytes, mtime_ms, inode)
    VALUES (@folderId, @name, @kind, @format, @mime, @sizeBytes, @mtimeMs, @inode)
    ON CONFLICT (folder_id, name) DO UPDATE SET kind = excluded.kind, format = excluded.format, mime = excluded.mime,
      size_bytes = excluded.size_bytes, mtime_ms = excluded.mtime_ms, inode = excluded.inode, state = 'present', absent_since = NULL,
      is_changed = 1,
      content_id = CASE WHEN excluded.kind IS NULL THEN NULL ELSE content_id END`)
  const addJob = db.prepare(`
    INSERT INTO job (kind, subject, state, attempts, priority, error_code, error_message, updated_at)
    VALUES ('inspect', @subject, @state, 0, @priority, @code, @message, @now)
    ON CONFLICT (kind, subject) DO UPDATE SET state = excluded.state, attempts = 0, run_after = 0, owner = NULL, lease_until = 0,
      priority = max(priority, excluded.priority), error_code = excluded.error_code, error_message = excluded.error_message, updated_at = excluded.updated_at`)
  const noteUnsettled = db.prepare<{id: number; mtimeMs: number; now: number}>(`
    INSERT INTO unsettled (content_id)
    SELECT content.id FROM location JOIN content ON content.id = content_id
    WHERE location.id = @id AND abs(unixepoch(added_at) * 1000 - @mtimeMs) < ${AT_REST_MS}
      AND @now - unixepoch(added_at) * 1000 < ${LONGEST_ARRIVAL_MS}
    ON CONFLICT DO NOTHING`)
  const countAway = (folder: string, which: string): number => {
    const under = underFolder('path', folder)
    return db
      .prepare<unknown[], number>(
        `SELECT count(*) FROM location INDEXED BY location_absent CROSS JOIN folder ON folder.id = folder_id
         WHERE state <> 'present' AND ${which} AND ${under.sql}`,
      )
      .pluck()
      .get(...under.params) as number
  }
  const dropJob = db.prepare("DELETE FROM job WHERE kind = 'inspect' AND subject = ?")

  return {
    addRoot(path) {
      addRoot.run(path, now())
      return db.prepare<[string], RootRow>(`${ROOT} WHERE path = ?`).all(path).map(rootOf)[0] as Root
    },

    roots: () => db.prepare<[], RootRow>(`${ROOT} ORDER BY path`).all().map(rootOf),

    placeRoot: (id, place) =>
      void db.prepare('UPDATE root SET volume_id = ?, volume_path = ? WHERE id = ?').run(place.id, place.path, id),

    moveRoot(id, path) {
      const {sql, params} = underFolder('path', path)
      const known = db.prepare<unknown[], 1>(`SELECT 1 FROM folder WHERE ${sql} UNION ALL SELECT 1 FROM root WHERE ${sql}`)
      const before = db.prepare<[number], string>('SELECT path FROM root WHERE id = ?').pluck().get(id)
      if (before === undefined || known.get(...params, ...params) !== undefined) return false
      db.prepare('UPDATE root SET path = ? WHERE id = ?').run(path, id)
      // Of `/` and of `/disk` the same is kept: what follows them, with its slash.
      const [from, to] = [before, path].map(base => (base === '/' ? '' : base)) as [string, string]
      const folders = db.prepare<[number], {id: number; path: string}>('SELECT id, path FROM folder WHERE root_id = ?').all(id)
      const rename = db.prepare('UPDATE folder SET path = ? WHERE id = ?')
      for (const folder of folders) {
        if (folder.path === before) rename.run(path, folder.id)
        else if (folder.path.startsWith(`${from}/`)) rename.run(to + folder.path.slice(from.length), folder.id)
      }
      return true
    },

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

    recordFound(rootId, folder, changes, priority = 0) {
      addFolder.run(rootId, folder)
      const id = (folderId.get(folder) as {id: number}).id
      const locationIds: number[] = []
      let added = 0
      for (const {file, format, problem} of changes) {
        const name = file.path.slice(joinPath(folder, '').length)
        const before = existing.get(id, name)
        if (before === undefined) added++
        const {sizeBytes, mtimeMs, inode} = file
        // Another scan was here first: its jobs may be running. One that failed over a disk is done anew, now that the file can be opened.
        const isRecorded = before?.sizeBytes === sizeBytes && before.mtimeMs === mtimeMs && before.state === 'present'
        if (
          isRecorded &&
          before.unreadable === 0 &&
          before.kind === (format?.kind ?? null) &&
          problem === undefined &&
          before.kind !== null
        ) {
          locationIds.push(before.id)
          continue
        }
        if (before !== undefined) noteUnsettled.run({id: before.id, mtimeMs: before.mtimeMs, now: Date.now()})
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
          priority,
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
          `SELECT name, sidecars FROM location JOIN folder ON folder.id = folder_id
           WHERE folder.path = ? AND sidecars IS NOT NULL AND state <> 'missing'`,
        )
        .all(folder)
        .map(({name, sidecars}) => ({name, sidecars: JSON.parse(sidecars) as string[]})),

    recordSidecars(folder, pairs) {
      const id = folderId.get(folder)?.id
      const set = db.prepare('UPDATE location SET sidecars = @sidecars WHERE folder_id = @id AND name = @name')
      // A worker that has it in hand may have read the sidecars that were there before: its outcome must not count.
      const lookAgain = db.prepare(`
        INSERT INTO job (kind, subject, updated_at) SELECT 'inspect', id, @now FROM location
        WHERE folder_id = @id AND name = @name AND kind IS NOT NULL AND state = 'present'
        ON CONFLICT (kind, subject) DO UPDATE SET state = 'queued', owner = NULL, attempts = 0 WHERE state = 'running'`)
      for (const {name, sidecars} of pairs) {
        set.run({id, name, sidecars: sidecars.length === 0 ? null : JSON.stringify(sidecars)})
        lookAgain.run({id, name, now: now()})
      }
    },

    recordPresent(locationIds) {
      const present = db.prepare("UPDATE location SET state = 'present', absent_since = NULL WHERE id = ?")
      // Its absence took the job of a file that nobody had looked at yet, and ended those that wanted to read it.
      const inspect = db.prepare(`
        INSERT INTO job (kind, subject, updated_at) SELECT 'inspect', id, @now FROM location WHERE id = @id AND content_id IS NULL
        ON CONFLICT DO NOTHING`)
      for (const id of locationIds) {
        present.run(id)
        inspect.run({id, now: now()})
      }
      goOn(locationIds.flatMap(id => contentOf.get(id) ?? []))
      rewriteText(locationIds)
    },

    countPresent(folder) {
      // All that are known, by the index of names, less the few that are away: three times as fast as asking each for its state.
      const under = underFolder('path', folder)
      const known = db.prepare<unknown[], number>(
        `SELECT count(*) FROM folder CROSS JOIN location ON folder_id = folder.id WHERE ${under.sql}`,
      )
      return (known.pluck().get(...under.params) as number) - countAway(folder, "state <> 'present'")
    },

    countOffline: folder => countAway(folder, "state = 'offline'"),

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
        db.prepare(
          `UPDATE location SET state = ?, absent_since = CASE WHEN state = ? THEN absent_since ELSE ? END
           WHERE id IN (${placeholders(ids.length)})`,
        ).run(state, state, now(), ...ids)
        // What is not there cannot be looked at; the job comes back when the file does.
        db.prepare(
          `DELETE FROM job WHERE kind = 'inspect' AND state <> 'running' AND subject IN (${placeholders(ids.length)})`,
        ).run(...ids)
        if (state === 'missing') rewriteText(ids)
      }
    },
  }
}
