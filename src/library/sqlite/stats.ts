import {MEDIA_KINDS} from '../../domain/media.js'
import type {LibraryStats} from '../../domain/ports/library.js'
import type {Db} from './database.js'

/** What the library holds, from what the triggers of the schema have counted. */
export function statsOf(db: Db): LibraryStats {
  const count = (sql: string): number => db.prepare<[], number>(sql).pluck().get() as number
  const tallies = new Map(db.prepare<[], [string, number]>('SELECT name, n FROM tally').raw().all())
  const tally = (name: string): number => tallies.get(name) ?? 0
  return {
    roots: count('SELECT count(*) FROM root'),
    files: {present: tally('files.present'), offline: tally('files.offline'), missing: tally('files.missing')},
    contents: Object.fromEntries(MEDIA_KINDS.map(kind => [kind, tally(`contents.${kind}`)])) as LibraryStats['contents'],
    sizeBytes: tally('bytes'),
    tags: count('SELECT count(*) FROM tag WHERE contents > 0'),
    taggedContents: tally('tagged'),
    vectors: db
      .prepare<[], LibraryStats['vectors'][number]>(
        'SELECT name AS space, vectors, contents FROM space WHERE vectors > 0 ORDER BY name',
      )
      .all(),
    topTags: db
      .prepare<[], LibraryStats['topTags'][number]>(
        'SELECT name, contents FROM tag WHERE contents > 0 ORDER BY contents DESC, name LIMIT 10',
      )
      .all(),
    // Two look-ups: together they would read the whole index.
    captured: db
      .prepare<[], LibraryStats['captured']>(
        'SELECT (SELECT min(captured_at) FROM content) AS first, (SELECT max(captured_at) FROM content) AS last',
      )
      .get() as LibraryStats['captured'],
  }
}
