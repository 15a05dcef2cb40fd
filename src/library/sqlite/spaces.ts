import type {Library} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import {fromBlob, type Sync} from './rows.js'

type Spaces = Sync<Pick<Library, 'spaces' | 'countUncovered' | 'dropSpace' | 'contentVectors' | 'answeredVectors'>>

/** Newer answers say more about what a person wants, and old ones in thousands would only cost time. */
const MOST_ANSWERS = 200

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

    answeredVectors: space =>
      db
        .prepare<{space: string}, {tag: string; isYes: 0 | 1; data: Buffer}>(
          `WITH answer AS (
             SELECT tag_id, content_id, 1 AS is_yes FROM content_tag WHERE source = 'manual'
             UNION ALL SELECT tag_id, content_id, 0 FROM refused_tag)
           SELECT tag.name AS tag, is_yes AS isYes, data FROM (
             SELECT answer.*, row_number() OVER (PARTITION BY tag_id, is_yes ORDER BY content_id DESC) AS age FROM answer) AS answer
           JOIN tag ON tag.id = tag_id
           JOIN vector ON vector.content_id = answer.content_id AND vector.aspect = 'picture'
             AND vector.space_id = (SELECT id FROM space WHERE name = @space)
           WHERE age <= ${MOST_ANSWERS}`,
        )
        .all({space})
        .map(({tag, isYes, data}) => ({tag, isYes: isYes === 1, data: fromBlob(data)})),
  }
}
