import {contentText} from '../../domain/content-text.js'
import type {MediaFacts} from '../../domain/media.js'
import type {Db} from './database.js'

/**
 * Keeps the full-text rows. There are no triggers: whoever changes what a row is made from calls this inside the same transaction.
 */
export function textRows(db: Db): (contentId: number) => void {
  const factsOf = db.prepare<[number], {facts: string}>('SELECT facts FROM content WHERE id = ?')
  const placesOf = db.prepare<[number], {name: string; folder: string}>(`
    SELECT location.name, ltrim(substr(folder.path, length(root.path) + 1), '/') AS folder
    FROM location JOIN folder ON folder.id = location.folder_id JOIN root ON root.id = folder.root_id
    WHERE location.content_id = ? AND location.state <> 'missing' ORDER BY location.id`)
  const tagsOf = db.prepare<[number], {name: string}>(
    'SELECT DISTINCT tag.name FROM content_tag JOIN tag ON tag.id = content_tag.tag_id WHERE content_id = ? ORDER BY tag.name',
  )
  const captionsOf = db
    .prepare<[number], string>('SELECT DISTINCT text FROM caption WHERE content_id = ? ORDER BY at_ms, model')
    .pluck()
  const remove = db.prepare('DELETE FROM text_row WHERE rowid = ?')
  const insert = db.prepare(
    'INSERT INTO text_row (rowid, name, folder, tags, captions, metadata) VALUES (@id, @name, @folder, @tags, @captions, @metadata)',
  )
  return contentId => {
    const row = factsOf.get(contentId)
    if (row === undefined) return
    const text = contentText(placesOf.all(contentId), JSON.parse(row.facts) as MediaFacts)
    const tags = tagsOf
      .all(contentId)
      .map(tag => tag.name)
      .join(' ')
    remove.run(contentId)
    const captions = [text.captions, ...captionsOf.all(contentId)].join(' ')
    insert.run({id: contentId, ...text, captions, tags})
  }
}
