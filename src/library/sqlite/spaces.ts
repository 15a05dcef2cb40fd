import type {Library} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import {fromBlob, type Sync} from './rows.js'

type Spaces = Sync<Pick<Library, 'spaces' | 'countUncovered' | 'dropSpace' | 'contentVectors'>>

/** What each model has made of the library. */
export function spaces(db: Db): Spaces {
  return {
    spaces: () =>
      db
        .prepare<[], {space: string; contents: number; vectors: number}>(
          `SELECT coverage.space, coverage.contents, coalesce(space.vectors, 0) AS vectors
           FROM coverage LEFT JOIN space ON space.name = coverage.space ORDER BY coverage.contents DESC, coverage.space`,
        )
        .all(),

    countUncovered: space =>
      db
        .prepare<[string], number>(
          `SELECT (SELECT n FROM tally WHERE name = 'embedded') - coalesce((SELECT contents FROM coverage WHERE space = ?), 0)`,
        )
        .pluck()
        .get(space) as number,

    dropSpace(space) {
      db.prepare('DELETE FROM vector WHERE space_id = (SELECT id FROM space WHERE name = ?)').run(space)
      db.prepare('DELETE FROM query_vector WHERE space = ?').run(space)
      db.prepare('DELETE FROM space_pass WHERE space = ?').run(space)
      db.prepare("DELETE FROM stage_pass WHERE kind = 'embed' AND version = ?").run(space)
      db.prepare('DELETE FROM space WHERE name = ?').run(space)
    },

    contentVectors: (contentId, space) =>
      db
        .prepare<[number, string], {aspect: 'picture' | 'frame'; atMs: number; data: Buffer}>(
          `SELECT aspect, at_ms AS atMs, data FROM vector JOIN space ON space.id = space_id
           WHERE content_id = ? AND space.name = ? AND aspect IN ('picture', 'frame') ORDER BY at_ms`,
        )
        .all(contentId, space)
        .map(({data, ...rest}) => ({...rest, data: fromBlob(data)})),
  }
}
