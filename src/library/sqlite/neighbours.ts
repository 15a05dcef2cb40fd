import type {CaptureTime, MediaKind} from '../../domain/media.js'
import {burstStem, type Neighbour} from '../../domain/parts.js'
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
  livePhotoId: string | null
  burstId: string | null
  isBurstCover: 0 | 1
}

/** A program may write the same id into everything: an item has no more parts than a person could look at. */
const MOST_PARTS = 500

/** Which contents may belong together: beside one another under one name, or by what the camera wrote into them. */
export function neighbours(db: Db): Sync<Pick<Library, 'neighbours'>> {
  const placeOf = db.prepare<[number], PlaceRow>(`
    SELECT folder.id AS folderId, folder.path AS folder, name FROM location JOIN folder ON folder.id = folder_id
    WHERE content_id = ? AND state <> 'missing' ORDER BY state = 'present' DESC, location.id LIMIT 1`)
  const beside = db.prepare<[number, string, string], NeighbourRow>(`
    SELECT content.id AS contentId, name, content.kind, duration_ms AS durationMs, json_extract(facts, '$.captured') AS captured,
      live_photo_id AS livePhotoId, burst_id AS burstId, coalesce(json_extract(facts, '$.isBurstCover'), 0) AS isBurstCover
    FROM location JOIN content ON content.id = content_id
    WHERE folder_id = ? AND name >= ? AND name < ? AND state <> 'missing' ORDER BY name`)
  const ofGroup = db
    .prepare<{livePhotoId: string | null; burstId: string | null}, number>(
      `SELECT id FROM content WHERE live_photo_id = @livePhotoId UNION SELECT id FROM content WHERE burst_id = @burstId LIMIT ${MOST_PARTS}`,
    )
    .pluck()

  const besides = ({folderId, folder, name}: PlaceRow): Neighbour[] => {
    const dot = name.lastIndexOf('.')
    const stem = name.slice(0, Math.max(0, dot))
    const burst = burstStem(name)
    // `/` follows the dot and is in no name: the index finds `stem.` and whatever comes after it. A name without extension stands alone.
    const [from, until] =
      burst !== null ? [burst, `${burst}\uffff`] : stem === '' ? [name, `${name}\u0001`] : [`${stem}.`, `${stem}/`]
    return beside
      .all(folderId, from, until)
      .filter(other => burst !== null || other.name.lastIndexOf('.') === dot)
      .map(({name, captured, isBurstCover, ...row}) => ({
        ...row,
        path: joinPath(folder, name),
        captured: captured === null ? null : (JSON.parse(captured) as CaptureTime),
        isBurstCover: isBurstCover === 1,
      }))
  }

  return {
    neighbours(contentId) {
      const found = new Map<number, Neighbour>()
      const asked = new Set<string>()
      // What a neighbour's ids lead to has neighbours of its own: the raw files of a burst.
      for (const pending = [contentId]; pending.length > 0 && found.size < MOST_PARTS;) {
        const place = placeOf.get(pending.pop() as number)
        if (place === undefined) continue
        for (const file of besides(place)) {
          if (found.has(file.contentId)) continue
          found.set(file.contentId, file)
          const {livePhotoId, burstId} = file
          const ids = `${livePhotoId} ${burstId}`
          if ((livePhotoId === null && burstId === null) || asked.has(ids)) continue
          asked.add(ids)
          for (const id of ofGroup.all({livePhotoId, burstId})) if (!found.has(id)) pending.push(id)
        }
      }
      return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
    },
  }
}
