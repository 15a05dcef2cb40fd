import type {AbsentLocation, LeavingContent, Pruning} from '../../domain/ports/pruning.js'
import type {Db} from './database.js'
import {joinPath, placeholders, type Sync} from './rows.js'
import {removeCues} from './moments.js'
import {textRows} from './text-rows.js'

type LeavingRow = Omit<LeavingContent, 'taggedByHand'> & {taggedByHand: 0 | 1}

const LEAVING = `
  SELECT content.id, identity, size_bytes AS sizeBytes,
    EXISTS (SELECT 1 FROM content_tag WHERE content_id = content.id AND source = 'manual') AS taggedByHand
  FROM content`

/** What leaves the library, and how. */
export function pruning(db: Db): Sync<Pruning> {
  const writeText = textRows(db)
  const contentAt = db
    .prepare<[number], number | null>("SELECT content_id FROM location WHERE id = ? AND state <> 'present'")
    .pluck()
  const removeLocation = db.prepare('DELETE FROM location WHERE id = ?')
  const removeInspect = db.prepare("DELETE FROM job WHERE kind = 'inspect' AND subject = ?")
  const removeFolders = db.prepare('DELETE FROM folder WHERE NOT EXISTS (SELECT 1 FROM location WHERE folder_id = folder.id)')
  const nowhere = db
    .prepare<[number], string>(
      'SELECT identity FROM content WHERE id = ? AND NOT EXISTS (SELECT 1 FROM location WHERE content_id = content.id)',
    )
    .pluck()

  const removeContents = (contentIds: readonly number[]): string[] => {
    const hanging = tablesOn(db, 'content').map(({name, column}) => db.prepare(`DELETE FROM ${name} WHERE ${column} = ?`))
    const removeJobs = db.prepare("DELETE FROM job WHERE kind <> 'inspect' AND subject = ?")
    const removeText = db.prepare('DELETE FROM text_row WHERE rowid = ?')
    const removeContent = db.prepare('DELETE FROM content WHERE id = ?')
    return contentIds.flatMap(id => {
      const identity = nowhere.get(id)
      if (identity === undefined) return []
      removeCues(db, id)
      for (const remove of [...hanging, removeJobs, removeText, removeContent]) remove.run(id)
      return [identity]
    })
  }

  return {
    absentLocations({states, before}, afterId, limit) {
      return db
        .prepare<unknown[], Omit<AbsentLocation, 'path'> & {folder: string; name: string}>(
          `SELECT location.id, folder.path AS folder, name, state, absent_since AS since
           FROM location JOIN folder ON folder.id = folder_id
           WHERE state <> 'present' AND state IN (${placeholders(states.length)})
             AND (? IS NULL OR absent_since < ?) AND location.id > ?
           ORDER BY location.id LIMIT ?`,
        )
        .all(...states, before, before, afterId, limit)
        .map(({folder, name, ...row}) => ({...row, path: joinPath(folder, name)}))
    },

    contentsOnlyAt: locationIds =>
      db
        .prepare<[string], LeavingRow>(
          `WITH leaving AS MATERIALIZED (
             SELECT content_id, count(*) AS places FROM location WHERE id IN (SELECT value FROM json_each(?)) GROUP BY content_id
           )
           ${LEAVING} JOIN leaving ON leaving.content_id = content.id
           WHERE places = (SELECT count(*) FROM location WHERE content_id = content.id) ORDER BY content.id`,
        )
        .all(JSON.stringify(locationIds))
        .map(viewOf),

    contentsNowhere: () =>
      db
        .prepare<[], LeavingRow>(
          `${LEAVING} WHERE NOT EXISTS (SELECT 1 FROM location WHERE content_id = content.id) ORDER BY content.id`,
        )
        .all()
        .map(viewOf),

    removeLocations(locationIds) {
      let removed = 0
      const left = new Set<number>()
      for (const id of locationIds) {
        const contentId = contentAt.get(id)
        if (contentId === undefined) continue
        removeInspect.run(id)
        removed += removeLocation.run(id).changes
        if (contentId !== null) left.add(contentId)
      }
      // What is elsewhere too is no longer found by the name it had here.
      for (const contentId of left) writeText(contentId)
      removeFolders.run()
      return removed
    },

    removeContents,

    removeUnsettled() {
      const isWaiting = db.prepare("SELECT 1 FROM job WHERE kind = 'inspect' AND state <> 'failed' LIMIT 1").get() !== undefined
      if (isWaiting) return []
      const unsettled = db
        .prepare<[], number>(
          `SELECT content_id FROM unsettled WHERE NOT EXISTS (SELECT 1 FROM refused_tag WHERE content_id = unsettled.content_id)
             AND NOT EXISTS (SELECT 1 FROM content_tag WHERE content_id = unsettled.content_id AND source = 'manual')`,
        )
        .pluck()
      const removed = removeContents(unsettled.all())
      db.exec('DELETE FROM unsettled')
      return removed
    },
  }
}

function viewOf(row: LeavingRow): LeavingContent {
  return {...row, taggedByHand: row.taggedByHand === 1}
}

/** The tables whose rows belong to a row of another one, asked of the database itself: a table that is added later cannot be forgotten. */
function tablesOn(db: Db, table: string): {name: string; column: string}[] {
  return db
    .prepare<[string], {name: string; column: string}>(
      `SELECT owner.name, reference."from" AS column
       FROM sqlite_schema AS owner, pragma_foreign_key_list(owner.name) AS reference
       WHERE owner.type = 'table' AND reference."table" = ? AND owner.name <> 'location'`,
    )
    .all(table)
}
