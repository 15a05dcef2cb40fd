import type {Library} from '../../domain/ports/library.js'
import type {VectorBatch} from '../../domain/ports/vector-index.js'
import type {ContentSummary} from '../../domain/search.js'
import type {VectorAspect} from '../../domain/vectors.js'
import type {Db} from './database.js'
import {filterSql} from './filters.js'
import {fromBlob, joinPath, placeholders, toBlob, type Sync} from './rows.js'
import {tagging} from './tagging.js'

type Searching = Sync<
  Pick<
    Library,
    | 'searchText'
    | 'matching'
    | 'filterVectors'
    | 'summaries'
    | 'vectorState'
    | 'vectorsAfter'
    | 'vectorsOf'
    | 'vectorOwners'
    | 'cachedQuery'
    | 'cacheQuery'
  >
>

/** How many query vectors are kept: enough for a person's habits, 4 MB at 512 dimensions. */
const QUERY_CACHE = 2000

/** bm25 weights of name, folder, tags, captions, metadata: what a person or a detector said counts most. */
const WEIGHTS = '4.0, 2.0, 5.0, 3.0, 1.0'

/**
 * Of a word that more files have, the ones that were added last are ranked: bm25 takes a microsecond a file, and among so many it tells little more
 * than how long their texts are.
 */
const MOST_RANKED = 10_000

/** Reading for search: words, filters, vectors. */
export function searching(db: Db): Searching {
  const {tags} = tagging(db)
  return {
    searchText(match, filter, limit) {
      const passing = filterSql(filter, 'text_row.rowid')
      return db
        .prepare<unknown[], {contentId: number; score: number}>(
          `SELECT contentId, score FROM (
             SELECT text_row.rowid AS contentId, -bm25(text_row, ${WEIGHTS}) AS score FROM text_row ${passing.join}
             WHERE text_row MATCH ? AND ${passing.where} ORDER BY text_row.rowid DESC LIMIT max(${MOST_RANKED}, ?))
           ORDER BY score DESC, contentId LIMIT ?`,
        )
        .all(match, ...passing.params, limit, limit)
    },

    matching: (match, contentIds) =>
      db
        .prepare<[string, string], number>(
          'SELECT rowid FROM text_row WHERE text_row MATCH ? AND +rowid IN (SELECT value FROM json_each(?))',
        )
        .pluck()
        .all(match, JSON.stringify(contentIds)),

    filterVectors(space, aspects, filter, uncoveredBy) {
      if (Object.keys(filter).length === 0 && uncoveredBy === undefined) return null
      const uncovered =
        uncoveredBy === undefined
          ? ''
          : 'AND NOT EXISTS (SELECT 1 FROM space_pass WHERE space_pass.content_id = vector.content_id AND space_pass.space = ?)'
      const passing = filterSql(filter, 'vector.content_id')
      const rows = db
        .prepare<unknown[], number>(
          `SELECT vector.id FROM vector INDEXED BY vector_owner ${passing.join} WHERE ${ofSpace(aspects)} AND ${passing.where} ${uncovered}`,
        )
        .pluck()
      const other = uncoveredBy === undefined ? [] : [uncoveredBy]
      return new Set(rows.all(space, ...aspects, ...passing.params, ...other))
    },

    summaries(contentIds) {
      const read = db.prepare<[number], Omit<ContentSummary, 'path' | 'tags'> & {folder: string; name: string}>(`
        SELECT content.id AS contentId, folder.path AS folder, name, content.kind,
          json_extract(facts, '$.captured.at') AS capturedAt, duration_ms AS durationMs,
          content.size_bytes AS sizeBytes, width, height, state
        FROM content JOIN location ON location.content_id = content.id JOIN folder ON folder.id = folder_id
        WHERE content.id = ? AND state <> 'missing' ORDER BY state = 'present' DESC, location.id LIMIT 1`)
      return contentIds.flatMap(id => {
        const row = read.get(id)
        if (row === undefined) return []
        const {folder, name, ...rest} = row
        return [{...rest, path: joinPath(folder, name), tags: tags(id)}]
      })
    },

    vectorState(space, aspects) {
      return db
        .prepare<unknown[], {count: number; maxId: number}>(
          `SELECT count(*) AS count, coalesce(max(vector.id), 0) AS maxId FROM vector WHERE ${ofSpace(aspects)}`,
        )
        .get(space, ...aspects) as {count: number; maxId: number}
    },

    vectorsAfter(space, aspects, afterId, limit) {
      const rows = db
        .prepare<unknown[], VectorRow>(
          `SELECT vector.id, data FROM vector WHERE ${ofSpace(aspects)} AND vector.id > ? ORDER BY vector.id LIMIT ?`,
        )
        .all(space, ...aspects, afterId, limit)
      return batchOf(rows)
    },

    vectorsOf(ids) {
      const vector = db.prepare<[number], VectorRow>('SELECT id, data FROM vector WHERE id = ?')
      // In the order in which they lie on the disk.
      return batchOf([...ids].sort((a, b) => a - b).flatMap(id => vector.get(id) ?? []))
    },

    vectorOwners(ids) {
      const owner = db.prepare<[number], {id: number; contentId: number; aspect: VectorAspect; atMs: number}>(
        'SELECT id, content_id AS contentId, aspect, at_ms AS atMs FROM vector WHERE id = ?',
      )
      return ids.flatMap(id => owner.get(id) ?? [])
    },

    cachedQuery(space, text) {
      const row = db
        .prepare<[string, string], {data: Buffer}>('SELECT data FROM query_vector WHERE space = ? AND text = ?')
        .get(space, text)
      return row === undefined ? null : fromBlob(row.data)
    },

    cacheQuery(space, text, vector) {
      db.prepare('INSERT OR REPLACE INTO query_vector (space, text, data, made_at) VALUES (?, ?, ?, ?)').run(
        space,
        text,
        toBlob(vector),
        Date.now(),
      )
      db.prepare(
        `DELETE FROM query_vector WHERE (space, text) IN (SELECT space, text FROM query_vector ORDER BY made_at DESC LIMIT -1 OFFSET ${QUERY_CACHE})`,
      ).run()
    },
  }
}

interface VectorRow {
  id: number
  data: Buffer
}

function batchOf(rows: readonly VectorRow[]): VectorBatch {
  const dimension = (rows[0]?.data.byteLength ?? 0) / 4
  const batch = {ids: new Int32Array(rows.length), data: new Float32Array(rows.length * dimension)}
  const bytes = new Uint8Array(batch.data.buffer)
  for (const [i, row] of rows.entries()) {
    batch.ids[i] = row.id
    bytes.set(row.data, i * dimension * 4)
  }
  return batch
}

function ofSpace(aspects: readonly VectorAspect[]): string {
  return `space_id = (SELECT id FROM space WHERE name = ?) AND aspect IN (${placeholders(aspects.length)})`
}
