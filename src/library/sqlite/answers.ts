import type {Library} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import {fromBlob, type Sync} from './rows.js'

type Answers = Sync<Pick<Library, 'answeredVectors' | 'answeredDetections'>>

/** Newer answers say more about what a person wants, and old ones in thousands would only cost time. */
const MOST_ANSWERS = 200

/** Yes and no to the tags of contents: tags by hand, and those that were taken away. */
const ANSWERS = `
  WITH said AS (
    SELECT tag_id, content_id, 1 AS is_yes FROM content_tag WHERE source = 'manual'
    UNION ALL SELECT tag_id, content_id, 0 FROM refused_tag),
  aged AS (
    SELECT said.*, row_number() OVER (PARTITION BY tag_id, is_yes ORDER BY content_id DESC) AS age FROM said),
  answer AS (SELECT * FROM aged WHERE age <= ${MOST_ANSWERS})`

/** What a person's answers say about what models saw. */
export function answers(db: Db): Answers {
  return {
    answeredVectors: space =>
      db
        .prepare<{space: string}, {tag: string; isYes: 0 | 1; data: Buffer}>(
          `${ANSWERS}
           SELECT tag.name AS tag, is_yes AS isYes, data FROM answer
           JOIN tag ON tag.id = tag_id
           JOIN vector ON vector.content_id = answer.content_id AND vector.aspect = 'picture'
             AND vector.space_id = (SELECT id FROM space WHERE name = @space)`,
        )
        .all({space})
        .map(({tag, isYes, data}) => ({tag, isYes: isYes === 1, data: fromBlob(data)})),

    answeredDetections: model =>
      db
        .prepare<{model: string}, {tag: string; isYes: 0 | 1; label: string; score: number}>(
          `${ANSWERS}
           SELECT tag.name AS tag, is_yes AS isYes, label, max(score) AS score FROM answer
           JOIN tag ON tag.id = tag_id
           JOIN content ON content.id = answer.content_id AND content.kind = 'photo'
           JOIN detection ON detection.content_id = answer.content_id AND detection.model = @model
           GROUP BY answer.content_id, tag_id, label`,
        )
        .all({model})
        .map(({isYes, ...rest}) => ({...rest, isYes: isYes === 1})),
  }
}
