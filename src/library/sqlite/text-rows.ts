import {contentText} from '../../domain/content-text.js'
import type {MediaFacts} from '../../domain/media.js'
import type {Db} from './database.js'

/**
 * Keeps the full-text rows. There are no triggers: whoever changes what a row is made from calls this inside the same transaction. Returns the facts
 * of the content; null for one that is not there.
 */
export function textRows(db: Db): (contentId: number) => MediaFacts | null {
  const factsOf = db.prepare<[number], string>('SELECT facts FROM content WHERE id = ?').pluck()
  const placesOf = db.prepare<[number], {name: string; folder: string}>(`
    SELECT location.name, ltrim(substr(folder.path, length(root.path) + 1), '/') AS folder
    FROM location JOIN folder ON folder.id = location.folder_id JOIN root ON root.id = folder.root_id
    WHERE location.content_id = ? AND location.state <> 'missing' ORDER BY location.id`)
  const tagsOf = db
    .prepare<[number], string>(
      'SELECT DISTINCT tag.name FROM content_tag JOIN tag ON tag.id = content_tag.tag_id WHERE content_id = ? ORDER BY tag.name',
    )
    .pluck()
  const captionsOf = db
    .prepare<[number], string>('SELECT DISTINCT text FROM caption WHERE content_id = ? ORDER BY at_ms, model')
    .pluck()
  const write = db.prepare(
    'INSERT OR REPLACE INTO text_row (rowid, name, folder, tags, captions, metadata) VALUES (?, ?, ?, ?, ?, ?)',
  )
  return contentId => {
    const known = factsOf.get(contentId)
    if (known === undefined) return null
    const facts = JSON.parse(known) as MediaFacts
    const {name, folder, captions, metadata} = contentText(placesOf.all(contentId), facts)
    const tags = tagsOf.all(contentId).join(' ')
    write.run(contentId, name, folder, tags, [captions, ...captionsOf.all(contentId)].join(' '), metadata)
    return facts
  }
}
