import type {MomentTag} from '../../domain/moments.js'
import type {Library, Write} from '../../domain/ports/library.js'
import type {Loudness, Sound} from '../../domain/sound.js'
import type {TimedText} from '../../domain/subtitles.js'
import type {Db} from './database.js'
import {filterSql} from './filters.js'
import type {Sync} from './rows.js'

type WriteOf<Type extends Write['type']> = Extract<Write, {type: Type}>
type Moments = Sync<Pick<Library, 'momentTags' | 'sound' | 'cues' | 'searchCues'>>

/** Of words that are said more often, the cues that were added last are ranked: those of fifty films or more. */
const MOST_RANKED = 50_000

/** What is seen, heard and said at which time. */
export function moments(db: Db): Moments {
  return {
    momentTags: contentId =>
      db
        .prepare<[number], MomentTag>(
          `SELECT at_ms AS atMs, tag.name, confidence FROM moment_tag JOIN tag ON tag.id = tag_id
           WHERE content_id = ? ORDER BY at_ms, confidence DESC, tag.name`,
        )
        .all(contentId),

    sound(contentId) {
      const row = db
        .prepare<[number], {summary: string | null; bySecond: Buffer}>(
          'SELECT summary, by_second AS bySecond FROM loudness WHERE content_id = ?',
        )
        .get(contentId)
      const sounds = db
        .prepare<[number], Sound>(
          `SELECT start_ms AS startMs, end_ms AS endMs, kind, label, score, model FROM sound
           WHERE content_id = ? ORDER BY start_ms, score DESC, id`,
        )
        .all(contentId)
      return {
        loudness: row?.summary == null ? null : (JSON.parse(row.summary) as Loudness),
        levelBySecond: row === undefined ? new Int8Array(0) : Int8Array.from(row.bySecond, byte => (byte << 24) >> 24),
        sounds,
      }
    },

    cues: contentId =>
      db
        .prepare<[number], TimedText>(
          'SELECT start_ms AS startMs, end_ms AS endMs, text, source FROM cue WHERE content_id = ? ORDER BY start_ms, id',
        )
        .all(contentId),

    searchCues(match, filter, limit) {
      const passing = filterSql(filter, 'cue.content_id')
      // Of each content the cue that fits best; of equal ones the first.
      return db
        .prepare<unknown[], {contentId: number; atMs: number; endMs: number; score: number}>(
          `WITH ranked AS MATERIALIZED (
             SELECT cue.id, cue.content_id, start_ms, end_ms, -bm25(cue_row) AS score
             FROM cue_row JOIN cue ON cue.id = cue_row.rowid ${passing.join}
             WHERE cue_row MATCH ? AND ${passing.where} ORDER BY cue_row.rowid DESC LIMIT ${MOST_RANKED}),
           found AS MATERIALIZED (SELECT * FROM ranked ORDER BY id)
           SELECT content_id AS contentId, start_ms AS atMs, end_ms AS endMs, max(score) AS score FROM found
           GROUP BY content_id ORDER BY score DESC, content_id LIMIT ?`,
        )
        .all(match, ...passing.params, limit)
    },
  }
}

/** Writes shots, sounds and cues in the place of those that were there. */
export function writeShots(db: Db, {contentId, shots, keyframes}: WriteOf<'shots'>): void {
  db.prepare('DELETE FROM shot WHERE content_id = ?').run(contentId)
  const insertShot = db.prepare(
    `INSERT INTO shot (content_id, ordinal, start_ms, end_ms, transition, motion)
     VALUES (@contentId, @ordinal, @startMs, @endMs, @transition, @motion)`,
  )
  for (const shot of shots) {
    insertShot.run({contentId, ...shot, startMs: Math.round(shot.startMs), endMs: Math.round(shot.endMs)})
  }
  db.prepare('DELETE FROM keyframe WHERE content_id = ?').run(contentId)
  const insertKeyframe = db.prepare('INSERT INTO keyframe (content_id, ordinal, at_ms) VALUES (?, ?, ?)')
  for (const {ordinal, atMs} of keyframes) insertKeyframe.run(contentId, ordinal, Math.round(atMs))
}

export function writeMomentTags(db: Db, {contentId, tags}: WriteOf<'momentTags'>): void {
  db.prepare('DELETE FROM moment_tag WHERE content_id = ?').run(contentId)
  const insertName = db.prepare('INSERT INTO tag (name) VALUES (?) ON CONFLICT DO NOTHING')
  const insert = db.prepare(
    'INSERT INTO moment_tag (content_id, at_ms, tag_id, confidence) SELECT ?, ?, id, ? FROM tag WHERE name = ?',
  )
  for (const {atMs, name, confidence} of tags) {
    insertName.run(name)
    insert.run(contentId, Math.round(atMs), confidence, name)
  }
}

export function writeSound(db: Db, {contentId, sound}: WriteOf<'sound'>): void {
  db.prepare('DELETE FROM loudness WHERE content_id = ?').run(contentId)
  db.prepare('INSERT INTO loudness (content_id, summary, by_second) VALUES (?, ?, ?)').run(
    contentId,
    sound.loudness === null ? null : JSON.stringify(sound.loudness),
    Buffer.from(Int8Array.from(sound.levelBySecond).buffer),
  )
  db.prepare('DELETE FROM sound WHERE content_id = ?').run(contentId)
  const insert = db.prepare(
    `INSERT INTO sound (content_id, start_ms, end_ms, kind, label, score, model)
     VALUES (@contentId, @startMs, @endMs, @kind, @label, @score, @model)`,
  )
  for (const {startMs, endMs, ...heard} of sound.sounds) {
    insert.run({contentId, startMs: Math.round(startMs), endMs: Math.round(endMs), ...heard})
  }
}

export function writeCues(db: Db, {contentId, cues}: WriteOf<'cues'>): void {
  removeCues(db, contentId)
  const insert = db.prepare('INSERT INTO cue (content_id, start_ms, end_ms, text, source) VALUES (?, ?, ?, ?, ?)')
  const index = db.prepare('INSERT INTO cue_row (rowid, text) VALUES (?, ?)')
  for (const {startMs, endMs, text, source} of cues) {
    const {lastInsertRowid} = insert.run(contentId, Math.round(startMs), Math.round(endMs), text, source)
    index.run(lastInsertRowid, text)
  }
}

/** Removes the cues of a content together with their full-text rows. */
export function removeCues(db: Db, contentId: number): void {
  db.prepare('DELETE FROM cue_row WHERE rowid IN (SELECT id FROM cue WHERE content_id = ?)').run(contentId)
  db.prepare('DELETE FROM cue WHERE content_id = ?').run(contentId)
}
