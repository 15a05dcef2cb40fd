import type {Job} from '../../domain/jobs.js'
import type {StageResult, Write} from '../../domain/ports/library.js'
import type {Tag, TagSource} from '../../domain/tags.js'
import type {Space} from '../../domain/vectors.js'
import {contents} from './contents.js'
import type {Db} from './database.js'
import {writeCues, writeMomentTags, writeShots, writeSound} from './moments.js'
import {now, placeholders, toBlob} from './rows.js'
import {textRows} from './text-rows.js'

type WriteOf<Type extends Write['type']> = Extract<Write, {type: Type}>

/** Applies what a stage made, and puts the stages that follow on the queue. Runs inside the transaction that ends the job. */
export function writer(db: Db): (job: Job, result: StageResult) => void {
  const writeText = textRows(db)
  const writeContent = contents(db)
  // Content that is met at another place has passed its stages; what follows a stage that ran anew has to run anew, also where a worker has it
  // in hand: it began before this was there.
  const enqueue = db.prepare(`
    INSERT INTO job (kind, subject, priority, updated_at)
    SELECT @kind, @contentId, coalesce((SELECT priority FROM job WHERE id = @after), 0), @now
    WHERE @always OR NOT EXISTS (SELECT 1 FROM stage_pass WHERE content_id = @contentId AND kind = @kind)
    ON CONFLICT (kind, subject) DO UPDATE SET state = 'queued', owner = NULL, attempts = 0, run_after = 0, error_code = NULL,
      error_message = NULL
    WHERE (state = 'failed' AND error_code = 'FILE_VANISHED') OR (state = 'running' AND @always)`)
  const pass = db.prepare('INSERT OR REPLACE INTO stage_pass (content_id, kind, version) VALUES (?, ?, ?)')
  const passSpace = db.prepare('INSERT INTO space_pass (content_id, space) VALUES (?, ?) ON CONFLICT DO NOTHING')

  return (job, {writes, next, version}) => {
    // `inspect` learns only here which content its location holds; every other stage works on the content itself.
    let contentId = job.kind === 'inspect' ? null : job.subject
    let textChanged = false
    for (const write of writes) {
      switch (write.type) {
        case 'content':
          contentId = writeContent(write)
          textChanged = true
          break
        case 'absent':
          db.prepare("UPDATE location SET state = ?, absent_since = ? WHERE id = ? AND state = 'present'").run(
            write.state,
            now(),
            write.locationId,
          )
          break
        case 'picture':
          writePicture(db, write)
          break
        case 'duration':
          writeDuration(db, write)
          break
        case 'shots':
          writeShots(db, write)
          break
        case 'sound':
          writeSound(db, write)
          break
        case 'cues':
          writeCues(db, write)
          break
        case 'vectors':
          writeVectors(db, write)
          break
        case 'detections':
          writeDetections(db, write)
          break
        case 'momentTags':
          writeMomentTags(db, write)
          break
        case 'captions':
          writeCaptions(db, write)
          textChanged = true
          break
        case 'tags':
          writeTags(db, write.contentId, write.sources, write.tags)
          textChanged = true
          break
      }
    }
    if (contentId === null) return
    if (textChanged) writeText(contentId)
    pass.run(contentId, job.kind, version)
    if (job.kind === 'embed') passSpace.run(contentId, version)
    const always = job.kind === 'inspect' ? 0 : 1
    for (const kind of next) enqueue.run({kind, contentId, after: job.id, always, now: now()})
  }
}

/** Forgets of which photos nothing could decode the pixels, so that they are looked at anew; their ids. */
export function forgetNoDecoder(db: Db): number[] {
  return db
    .prepare<[], number>(
      `UPDATE content SET own_facts = json_remove(own_facts, '$.noDecoder'), facts = json_remove(facts, '$.noDecoder')
       WHERE kind = 'photo' AND json_extract(facts, '$.noDecoder') IS NOT NULL RETURNING id`,
    )
    .pluck()
    .all()
}

/** Sets what the pixels say in the file's own facts and in those that count; an absent one is taken out of both. */
function writePicture(db: Db, {contentId, facts, statistics, fullHash}: WriteOf<'picture'>): void {
  const {width = null, height = null, noDecoder = null} = facts
  const size = width === null || height === null ? {} : {width, height}
  db.prepare(
    `UPDATE content SET own_facts = json_patch(own_facts, @patch), facts = json_patch(facts, @patch), width = coalesce(@width, width),
       height = coalesce(@height, height), statistics = @statistics, full_hash = coalesce(full_hash, @fullHash) WHERE id = @contentId`,
  ).run({
    contentId,
    patch: JSON.stringify({...size, noDecoder}),
    width,
    height,
    statistics: statistics === null ? null : JSON.stringify(statistics),
    fullHash: fullHash ?? null,
  })
}

/** What the container says counts. */
function writeDuration(db: Db, {contentId, durationMs}: WriteOf<'duration'>): void {
  db.prepare(
    `UPDATE content SET own_facts = json_set(own_facts, '$.durationMs', @ms), facts = json_set(facts, '$.durationMs', @ms), duration_ms = @ms
     WHERE id = @contentId AND duration_ms IS NULL`,
  ).run({contentId, ms: Math.round(durationMs)})
}

function writeVectors(db: Db, {contentId, space, vectors}: WriteOf<'vectors'>): void {
  const spaceId = spaceIdOf(db, space)
  db.prepare('DELETE FROM vector WHERE content_id = ? AND space_id = ?').run(contentId, spaceId)
  const insert = db.prepare('INSERT INTO vector (space_id, content_id, aspect, at_ms, data) VALUES (?, ?, ?, ?, ?)')
  for (const {aspect, atMs, data} of vectors) insert.run(spaceId, contentId, aspect, Math.round(atMs), toBlob(data))
}

function spaceIdOf(db: Db, space: Space): number {
  db.prepare('INSERT INTO space (name, dimension) VALUES (?, ?) ON CONFLICT DO NOTHING').run(space.name, space.dimension)
  return (db.prepare('SELECT id FROM space WHERE name = ?').get(space.name) as {id: number}).id
}

function writeDetections(db: Db, {contentId, model, detections}: WriteOf<'detections'>): void {
  // Another model may have looked as well, and one that detects nothing says nothing of what that one saw.
  db.prepare('DELETE FROM detection WHERE content_id = ? AND model = ?').run(contentId, model)
  const insert = db.prepare('INSERT INTO detection (content_id, at_ms, label, score, box, model) VALUES (?, ?, ?, ?, ?, ?)')
  for (const {atMs, label, score, box} of detections)
    insert.run(contentId, Math.round(atMs), label, score, JSON.stringify(box), model)
}

function writeCaptions(db: Db, {contentId, model, captions}: WriteOf<'captions'>): void {
  db.prepare('DELETE FROM caption WHERE content_id = ? AND model = ?').run(contentId, model)
  const insert = db.prepare('INSERT INTO caption (content_id, at_ms, model, text) VALUES (?, ?, ?, ?)')
  for (const {atMs, text} of captions) insert.run(contentId, Math.round(atMs), model, text)
}

/** Replaces a content's tags of some sources. Machines do not bring back what a person refused. */
export function writeTags(db: Db, contentId: number, sources: TagSource[], tags: Tag[]): void {
  db.prepare(`DELETE FROM content_tag WHERE content_id = ? AND source IN (${placeholders(sources.length)})`).run(
    contentId,
    ...sources,
  )
  const name = db.prepare('INSERT INTO tag (name) VALUES (?) ON CONFLICT DO NOTHING')
  const insert = db.prepare(`
    INSERT INTO content_tag (content_id, tag_id, source, confidence, model)
    SELECT @contentId, tag.id, @source, @confidence, @model FROM tag WHERE name = @name
      AND (@source = 'manual' OR NOT EXISTS (SELECT 1 FROM refused_tag WHERE content_id = @contentId AND tag_id = tag.id))
    ON CONFLICT DO UPDATE SET confidence = excluded.confidence, model = excluded.model`)
  for (const tag of tags) {
    name.run(tag.name)
    insert.run({contentId, name: tag.name, source: tag.source, confidence: tag.confidence, model: tag.model ?? null})
  }
}
