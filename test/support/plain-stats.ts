import Database from 'better-sqlite3'
import {MEDIA_KINDS} from '../../dist/domain/media.js'
import type {LibraryStats, SpaceCoverage} from '../../dist/domain/ports/library.js'

/** Reads a library file with `plainStats` or `plainCoverage`. */
export function countedIn<Counts>(file: string, count: (db: Database.Database) => Counts): Counts {
  const db = new Database(file, {readonly: true})
  try {
    return count(db)
  } finally {
    db.close()
  }
}

/** What `stats` has to tell, counted row by row. */
export function plainStats(db: Database.Database): LibraryStats {
  const count = (sql: string, ...values: string[]): number =>
    db
      .prepare<string[], number>(sql)
      .pluck()
      .get(...values) as number
  const files = (state: string): number => count('SELECT count(*) FROM location WHERE kind IS NOT NULL AND state = ?', state)
  const contents = MEDIA_KINDS.map(kind => [kind, count('SELECT count(*) FROM content WHERE kind = ?', kind)])
  return {
    roots: count('SELECT count(*) FROM root'),
    files: {present: files('present'), offline: files('offline'), missing: files('missing')},
    contents: Object.fromEntries(contents) as LibraryStats['contents'],
    sizeBytes: count('SELECT coalesce(sum(size_bytes), 0) FROM content'),
    tags: count('SELECT count(DISTINCT tag_id) FROM content_tag'),
    taggedContents: count('SELECT count(DISTINCT content_id) FROM content_tag'),
    vectors: db
      .prepare<[], LibraryStats['vectors'][number]>(
        `SELECT space.name AS space, count(*) AS vectors, count(DISTINCT content_id) AS contents
         FROM vector JOIN space ON space.id = space_id GROUP BY space_id ORDER BY space.name`,
      )
      .all(),
    topTags: db
      .prepare<[], LibraryStats['topTags'][number]>(
        `SELECT tag.name, count(DISTINCT content_id) AS contents FROM content_tag JOIN tag ON tag.id = tag_id
         GROUP BY tag_id ORDER BY contents DESC, tag.name LIMIT 10`,
      )
      .all(),
    captured: db
      .prepare<[], LibraryStats['captured']>('SELECT min(captured_at) AS first, max(captured_at) AS last FROM content')
      .get() as LibraryStats['captured'],
  }
}

/** The spaces that cover something, and how many contents each of them and a new one would not cover, counted row by row. */
export function plainCoverage(db: Database.Database): {spaces: SpaceCoverage[]; uncovered: number[]} {
  const spaces = db
    .prepare<[], SpaceCoverage>(
      `SELECT space, count(*) AS contents, (SELECT count(*) FROM vector JOIN space ON space.id = space_id WHERE space.name = space_pass.space) AS vectors
       FROM space_pass GROUP BY space ORDER BY contents DESC, space`,
    )
    .all()
  const uncovered = db
    .prepare<[string], number>(
      'SELECT count(DISTINCT content_id) FROM space_pass WHERE content_id NOT IN (SELECT content_id FROM space_pass WHERE space = ?)',
    )
    .pluck()
  return {spaces, uncovered: [...spaces.map(({space}) => space), 'new'].map(space => uncovered.get(space) as number)}
}
