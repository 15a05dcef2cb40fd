import type {CaptureTime, MediaKind} from '../../domain/media.js'
import type {Library} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import {joinPath, type Sync} from './rows.js'

interface PlaceRow {
  folderId: number
  folder: string
  name: string
}

interface NeighbourRow {
  contentId: number
  name: string
  kind: MediaKind
  durationMs: number | null
  captured: string | null
}

/** Which contents stand beside one another under one name. */
export function neighbours(db: Db): Sync<Pick<Library, 'neighbours'>> {
  const placeOf = db.prepare<[number], PlaceRow>(`
    SELECT folder.id AS folderId, folder.path AS folder, name FROM location JOIN folder ON folder.id = folder_id
    WHERE content_id = ? AND state <> 'missing' ORDER BY state = 'present' DESC, location.id LIMIT 1`)
  const beside = db.prepare<[number, string, string], NeighbourRow>(`
    SELECT content.id AS contentId, name, content.kind, duration_ms AS durationMs, json_extract(facts, '$.captured') AS captured
    FROM location JOIN content ON content.id = content_id
    WHERE folder_id = ? AND name >= ? AND name < ? AND state <> 'missing' ORDER BY name`)
  return {
    neighbours(contentId) {
      const place = placeOf.get(contentId)
      if (place === undefined) return []
      const dot = place.name.lastIndexOf('.')
      const stem = place.name.slice(0, Math.max(0, dot))
      // `/` follows the dot and is in no name: the index finds `stem.` and whatever comes after it. A name without extension stands alone.
      const [from, until] = stem === '' ? [place.name, `${place.name}\u0001`] : [`${stem}.`, `${stem}/`]
      return beside
        .all(place.folderId, from, until)
        .filter(({name}) => name.lastIndexOf('.') === dot)
        .map(({name, captured, ...row}) => ({
          ...row,
          path: joinPath(place.folder, name),
          captured: captured === null ? null : (JSON.parse(captured) as CaptureTime),
        }))
    },
  }
}
