import {JOB_KINDS} from '../../domain/jobs.js'
import {CAPTURE_SOURCES} from '../../domain/media.js'
import {dirnameOf} from '../../domain/paths.js'
import type {Library} from '../../domain/ports/library.js'
import {describing} from './contents.js'
import type {Db} from './database.js'
import {joinPath, type Sync} from './rows.js'
import {textRows} from './text-rows.js'

type Moving = Sync<Pick<Library, 'knownByInode' | 'recordMoved'>>

type KnownRow = [locationId: number, contentId: number, folderId: number, folder: string, name: string, identity: string]

const AFTER_INSPECT = JOB_KINDS.filter(kind => kind !== 'inspect')

/** Takes up again what wanted to read contents while they were away. */
export function goingOn(db: Db): (contentIds: readonly number[]) => void {
  const vanished = `kind IN (${AFTER_INSPECT.map(kind => `'${kind}'`).join(', ')}) AND state = 'failed' AND error_code = 'FILE_VANISHED'`
  const waits = db.prepare(`SELECT 1 FROM job WHERE ${vanished} LIMIT 1`)
  const goOn = db.prepare(`
    UPDATE job SET state = 'queued', attempts = 0, run_after = 0, error_code = NULL, error_message = NULL
    WHERE ${vanished} AND subject = ?`)
  return contentIds => {
    // Nearly always there is none.
    if (waits.get() !== undefined) for (const id of contentIds) goOn.run(id)
  }
}

/** Where the old path tells the date, it has to stay on record. */
const DATED_BY_PATH = "json_extract(facts, '$.captured.source') IN ('name', 'folder')"
/** These say when it was taken before any path does, so that a new one changes nothing. */
const BEFORE_PATHS = new Set<unknown>(CAPTURE_SOURCES.slice(0, CAPTURE_SOURCES.indexOf('name')))

/** Files that are met at another path than before. */
export function moving(db: Db): Moving {
  const known = db
    .prepare<[number, number, number], KnownRow>(
      `SELECT location.id, content_id, folder_id, folder.path, name, identity
       FROM location JOIN content ON content.id = content_id JOIN folder ON folder.id = folder_id
       WHERE inode = ? AND location.size_bytes = ? AND mtime_ms = ? AND is_changed = 0 AND sidecars IS NULL AND told IS NULL
         AND NOT coalesce(${DATED_BY_PATH}, 0)
       ORDER BY location.id DESC LIMIT 1`,
    )
    .raw()
  const addFolder = db.prepare<[number, string], {id: number}>(
    'INSERT INTO folder (root_id, path) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET root_id = excluded.root_id RETURNING id',
  )
  const isStill = 'is_changed = 0 AND content_id = @contentId'
  /** Where one file has two new names, the first takes over its place. Where something else is known by the name, that takes a closer look. */
  const moveWhere = (state: string, alsoSet = '') =>
    db.prepare(`UPDATE OR IGNORE location SET folder_id = @folderId, name = @name ${alsoSet}
      WHERE id = @locationId AND folder_id = @fromFolder AND name = @fromName AND ${state} AND ${isStill}`)
  // Nearly all were there at the last scan. Setting what is set already would cost half as much again, for the counters that go by it.
  const move = moveWhere("state = 'present'")
  const moveBack = moveWhere("state <> 'present'", ", state = 'present', absent_since = NULL")
  const add = db
    .prepare<object, number>(
      `INSERT OR IGNORE INTO location (folder_id, name, content_id, last_content_id, kind, format, mime, size_bytes, mtime_ms, inode)
       SELECT @folderId, @name, content_id, content_id, kind, format, mime, size_bytes, mtime_ms, inode FROM location
       WHERE id = @locationId AND ${isStill} RETURNING id`,
    )
    .pluck()
  const goOn = goingOn(db)
  const redescribe = describing(db)
  const writeText = textRows(db)

  return {
    knownByInode: files =>
      files.map(({inode, sizeBytes, mtimeMs}) => {
        const row = known.get(inode, sizeBytes, mtimeMs)
        if (row === undefined) return null
        const [locationId, contentId, folderId, folder, name, identity] = row
        return {locationId, contentId, folderId, name, path: joinPath(folder, name), identity}
      }),

    recordMoved(rootId, moves) {
      const folders = new Map<string, number>()
      const idOf = (folder: string): number => {
        const known = folders.get(folder)
        if (known !== undefined) return known
        const {id} = addFolder.get(rootId, folder) as {id: number}
        folders.set(folder, id)
        return id
      }
      const contents = new Set<number>()
      const locationIds = moves.map(({file, from, isGone}) => {
        const {locationId, contentId} = from
        const folder = dirnameOf(file.path)
        const name = file.path.slice(joinPath(folder, '').length)
        const row = {folderId: idOf(folder), name, locationId, contentId, fromFolder: from.folderId, fromName: from.name}
        const isMoved = isGone && (move.run(row).changes === 1 || moveBack.run(row).changes === 1)
        const id = isMoved ? locationId : add.get(row)
        if (id === undefined) return null
        contents.add(contentId)
        return id
      })
      for (const id of contents) {
        const facts = writeText(id)
        if (facts === null || BEFORE_PATHS.has(facts.captured?.source)) continue
        redescribe(id)
        writeText(id)
      }
      goOn([...contents])
      return locationIds
    },
  }
}
