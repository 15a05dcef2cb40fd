import type {Library} from '../../domain/ports/library.js'
import type {Tag} from '../../domain/tags.js'
import type {Db} from './database.js'
import type {Sync} from './rows.js'
import {textRows} from './text-rows.js'
import {writeTags} from './writes.js'

type Tagging = Sync<Pick<Library, 'tags' | 'refusedTags' | 'addTags' | 'removeTags'>>

/** Tags by hand, and reading tags. */
export function tagging(db: Db): Tagging {
  const writeText = textRows(db)
  const read = db.prepare<[number], Omit<Tag, 'model'> & {model: string | null}>(`
    SELECT tag.name, source, confidence, model FROM content_tag JOIN tag ON tag.id = tag_id
    WHERE content_id = ?
    ORDER BY CASE source WHEN 'manual' THEN 0 WHEN 'metadata' THEN 2 ELSE 1 END, confidence DESC, tag.name`)
  const idOf = db.prepare<[string], {id: number}>('SELECT id FROM tag WHERE name = ?')
  return {
    tags: contentId => read.all(contentId).map(({model, ...tag}) => (model === null ? tag : {...tag, model})),

    refusedTags: contentId =>
      db
        .prepare<[number], string>('SELECT name FROM refused_tag JOIN tag ON tag.id = tag_id WHERE content_id = ? ORDER BY name')
        .pluck()
        .all(contentId),

    addTags(contentId, names) {
      const current = read.all(contentId).filter(tag => tag.source === 'manual')
      const added = names.map((name): Tag => ({name, source: 'manual', confidence: 1}))
      writeTags(
        db,
        contentId,
        ['manual'],
        [...current.map((tag): Tag => ({name: tag.name, source: 'manual', confidence: 1})), ...added],
      )
      const accept = db.prepare('DELETE FROM refused_tag WHERE content_id = ? AND tag_id = ?')
      for (const name of names) accept.run(contentId, idOf.get(name)?.id)
      writeText(contentId)
    },

    removeTags(contentId, names) {
      const removed = names.filter(name => {
        db.prepare('INSERT INTO tag (name) VALUES (?) ON CONFLICT DO NOTHING').run(name)
        const id = idOf.get(name)?.id
        db.prepare('INSERT INTO refused_tag (content_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING').run(contentId, id)
        return db.prepare('DELETE FROM content_tag WHERE content_id = ? AND tag_id = ?').run(contentId, id).changes > 0
      })
      writeText(contentId)
      return removed
    },
  }
}
