import type {Detection, Keyframe, MediaFacts, MediaKind, PictureStatistics, Shot} from '../../domain/media.js'
import type {ContentView, Library, LocationView} from '../../domain/ports/library.js'
import {versionOf, type Db} from './database.js'
import {formatOf, joinPath, type Sync} from './rows.js'
import {statsOf} from './stats.js'

type Reading = Sync<
  Pick<
    Library,
    | 'id'
    | 'location'
    | 'locationAt'
    | 'content'
    | 'contentByIdentity'
    | 'contentIds'
    | 'detections'
    | 'passes'
    | 'captions'
    | 'stats'
    | 'health'
  >
>

interface LocationRow {
  id: number
  folder: string
  name: string
  sizeBytes: number
  mtimeMs: number
  state: LocationView['state']
  contentId: number | null
  kind: string | null
  format: string | null
  mime: string | null
  sidecars: string | null
  isChanged: 0 | 1
  problem: string | null
}

interface ContentRow {
  id: number
  identity: string
  sizeBytes: number
  kind: MediaKind
  format: string
  mime: string
  facts: string
  ownFacts: string
  statistics: string | null
  addedAt: string
}

const LOCATION = `
  SELECT location.id, folder.path AS folder, name, size_bytes AS sizeBytes, mtime_ms AS mtimeMs, state, content_id AS contentId,
    kind, format, mime, sidecars, is_changed AS isChanged, coalesce(
      (SELECT error_message FROM job WHERE job.kind = 'inspect' AND subject = location.id AND job.state = 'failed'),
      (SELECT error_message FROM job WHERE job.kind = 'embed' AND subject = content_id AND job.state = 'failed')) AS problem
  FROM location JOIN folder ON folder.id = folder_id`

/** All that is known of one file, and of the library as a whole. */
export function reading(db: Db, path: string): Reading {
  const byId = db.prepare<[number], LocationRow>(`${LOCATION} WHERE location.id = ?`)
  const byPath = db.prepare<[string, string], LocationRow>(`${LOCATION} WHERE folder.path = ? AND name = ?`)
  const ofContent = db.prepare<[number], LocationRow>(
    `${LOCATION} WHERE content_id = ? ORDER BY state = 'present' DESC, location.id`,
  )
  const content = db.prepare<[number], ContentRow>(`
    SELECT id, identity, size_bytes AS sizeBytes, kind, format, mime, facts, own_facts AS ownFacts, statistics, added_at AS addedAt
    FROM content WHERE id = ?`)
  const keyframes = db.prepare<[number], Keyframe>(
    'SELECT ordinal, at_ms AS atMs FROM keyframe WHERE content_id = ? ORDER BY ordinal',
  )
  const shots = db.prepare<[number], Shot>(
    `SELECT ordinal, start_ms AS startMs, end_ms AS endMs, transition, motion FROM shot WHERE content_id = ? ORDER BY ordinal`,
  )
  const detections = db.prepare<[number], {atMs: number; label: string; score: number; box: string; model: string}>(
    'SELECT at_ms AS atMs, label, score, box, model FROM detection WHERE content_id = ? ORDER BY score DESC, id',
  )
  const passes = db.prepare<[number], {kind: string; version: string}>(
    'SELECT kind, version FROM stage_pass WHERE content_id = ?',
  )

  const byIdentity = db.prepare<[string], {id: number}>('SELECT id FROM content WHERE identity = ?')

  const contentView = (id: number): ContentView | null => {
    const row = content.get(id)
    if (row === undefined) return null
    const {kind, format, mime, facts, ownFacts, statistics, ...rest} = row
    return {
      ...rest,
      format: {kind, format, mime},
      facts: JSON.parse(facts) as MediaFacts,
      ownFacts: JSON.parse(ownFacts) as MediaFacts,
      statistics: statistics === null ? null : (JSON.parse(statistics) as PictureStatistics),
      locations: ofContent.all(id).map(location => viewOf(location) as LocationView),
      shots: shots.all(id),
      keyframes: keyframes.all(id),
    }
  }

  return {
    id: () => db.prepare<[], string>("SELECT value FROM setting WHERE name = 'id'").pluck().get() as string,

    location: id => viewOf(byId.get(id)),

    locationAt(path) {
      const slash = path.lastIndexOf('/')
      return viewOf(byPath.get(slash <= 0 ? '/' : path.slice(0, slash), path.slice(slash + 1)))
    },

    content: contentView,

    contentByIdentity(identity) {
      const row = byIdentity.get(identity)
      return row === undefined ? null : contentView(row.id)
    },

    contentIds: (afterId, limit) =>
      db.prepare<[number, number], number>('SELECT id FROM content WHERE id > ? ORDER BY id LIMIT ?').pluck().all(afterId, limit),

    detections(id) {
      const rows = detections.all(id)
      return {
        model: rows[0]?.model ?? null,
        detections: rows.map(({atMs, label, score, box}) => ({atMs, label, score, box: JSON.parse(box) as Detection['box']})),
      }
    },

    captions: id =>
      db
        .prepare<[number], {atMs: number; model: string; text: string}>(
          'SELECT at_ms AS atMs, model, text FROM caption WHERE content_id = ? ORDER BY at_ms, model',
        )
        .all(id),

    passes: id => Object.fromEntries(passes.all(id).map(row => [row.kind, row.version])),

    stats: () => statsOf(db),

    health: () => ({
      path,
      version: versionOf(db),
      sizeBytes: (db.pragma('page_count', {simple: true}) as number) * (db.pragma('page_size', {simple: true}) as number),
      integrity: db.pragma('quick_check(1)', {simple: true}) as string,
    }),
  }
}

function viewOf(row: LocationRow | undefined): LocationView | null {
  if (row === undefined) return null
  const {folder, name, kind, format, mime, sidecars, isChanged, ...rest} = row
  return {
    ...rest,
    isChanged: isChanged === 1,
    path: joinPath(folder, name),
    format: formatOf({kind, format, mime}),
    sidecars: sidecars === null ? [] : (JSON.parse(sidecars) as string[]).map(sidecar => joinPath(folder, sidecar)),
  }
}
