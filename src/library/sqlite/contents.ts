import {describeContent, type DescribedPlace} from '../../domain/description.js'
import type {MediaFacts, MediaKind} from '../../domain/media.js'
import type {Write} from '../../domain/ports/library.js'
import type {SidecarFacts} from '../../domain/sidecars.js'
import type {Db} from './database.js'
import {now} from './rows.js'

type ContentWrite = Extract<Write, {type: 'content'}>

/** Content is the identity: a known one keeps its row, and the location is pointed at it. */
export function contents(db: Db): (write: ContentWrite) => number {
  const byIdentity = db.prepare<[string], {id: number}>('SELECT id FROM content WHERE identity = ?')
  // The same bytes say the same: what later stages added to a known content's facts stays.
  const upsert = db.prepare(
    `INSERT INTO content (identity, size_bytes, kind, format, mime, facts, own_facts, full_hash, added_at)
     VALUES (@identity, @sizeBytes, @kind, @format, @mime, '{}', @ownFacts, @fullHash, @now)
     ON CONFLICT (identity) DO UPDATE SET full_hash = coalesce(full_hash, excluded.full_hash)`,
  )
  const lastContent = db.prepare<[number], number | null>('SELECT last_content_id FROM location WHERE id = ?').pluck()
  const point = db.prepare(
    `UPDATE location SET content_id = @id, last_content_id = @id, kind = @kind, format = @format, mime = @mime, size_bytes = @sizeBytes,
       mtime_ms = @mtimeMs, told = @told, is_changed = 0 WHERE id = @locationId`,
  )
  const carry = tagCarrier(db)
  const giveManual = manualTags(db)
  const redescribe = describing(db)

  return write => {
    const before = byIdentity.get(write.identity)
    upsert.run({
      identity: write.identity,
      sizeBytes: write.sizeBytes,
      ...write.format,
      ownFacts: JSON.stringify(write.facts),
      fullHash: write.fullHash ?? null,
      now: now(),
    })
    const {id} = byIdentity.get(write.identity) as {id: number}
    // A known picture in another one's place is not that one changed: it keeps what it has and takes nothing over.
    const previous = before === undefined ? lastContent.get(write.locationId) : null
    if (previous != null) carry(previous, id)
    const {locationId, sizeBytes, mtimeMs, format, sidecars = {}} = write
    const told = Object.keys(sidecars).length === 0 ? null : JSON.stringify(sidecars)
    point.run({id, ...format, locationId, sizeBytes, mtimeMs, told})
    giveManual(id, sidecars)
    redescribe(id)
    return id
  }
}

/**
 * Puts together anew what is known of a content, from the file and all of its places: here inside the transaction, so that two workers who meet
 * copies of a file cannot forget each other's. Stages that went by what has changed run again.
 */
export function describing(db: Db): (contentId: number) => void {
  const factsOf = db.prepare<[number], {kind: MediaKind; facts: string; ownFacts: string}>(
    'SELECT kind, facts, own_facts AS ownFacts FROM content WHERE id = ?',
  )
  const describe = describer(db)
  const update = db.prepare(
    `UPDATE content SET captured_at = @capturedAt, duration_ms = @durationMs, width = @width, height = @height, facts = @facts,
       live_photo_id = @livePhotoId, burst_id = @burstId
     WHERE id = @id`,
  )
  const forgetPass = db.prepare("DELETE FROM stage_pass WHERE content_id = ? AND kind = 'embed'")
  const forgetSpaces = db.prepare('DELETE FROM space_pass WHERE content_id = ?')
  const retag = db.prepare(`
    INSERT INTO job (kind, subject, updated_at) SELECT 'tag', @id, @now
    WHERE EXISTS (SELECT 1 FROM stage_pass WHERE content_id = @id AND kind = 'tag')
    ON CONFLICT (kind, subject) DO UPDATE SET state = 'queued', owner = NULL, attempts = 0 WHERE state = 'running'`)

  return id => {
    const before = factsOf.get(id)
    if (before === undefined) return
    const described = describe(id, JSON.parse(before.ownFacts) as MediaFacts)
    const facts = JSON.stringify(described)
    if (facts === before.facts) return
    update.run({
      id,
      capturedAt: described.captured === undefined ? null : firstMoment(described.captured.at),
      durationMs: described.durationMs === undefined ? null : Math.round(described.durationMs),
      width: described.width ?? null,
      height: described.height ?? null,
      livePhotoId: described.livePhotoId ?? null,
      burstId: described.burstId ?? null,
      facts,
    })
    const known = JSON.parse(before.facts) as MediaFacts
    const isReembedded = wordsOf(known) !== wordsOf(described)
    if (isReembedded) for (const forget of [forgetPass, forgetSpaces]) forget.run(id)
    // Embedding follows at once and is followed by tagging; a video's waits for the next run, since its frames are there.
    const tagsFollow = isReembedded && before.kind !== 'video'
    if (!tagsFollow && evidenceOf(known) !== evidenceOf(described)) retag.run({id, now: now()})
  }
}

/** What the vector of a content's words is made from, besides its places. */
function wordsOf({title, description, keywords, people}: MediaFacts): string {
  return JSON.stringify([title, description, keywords, people])
}

/** What sidecars can change about a content's tags. */
function evidenceOf({captured, location, keywords, people, exportedTags}: MediaFacts): string {
  return JSON.stringify([captured?.source === 'sidecar' ? captured.at : null, location, keywords, people, exportedTags])
}

/** A content's facts from its own ones and what all its places say. */
function describer(db: Db): (contentId: number, own: MediaFacts) => MediaFacts {
  const places = db.prepare<
    [number],
    {name: string; folder: string; root: string; mtimeMs: number; state: string; told: string | null}
  >(`
    SELECT location.name, folder.path AS folder, root.path AS root, mtime_ms AS mtimeMs, state, told
    FROM location JOIN folder ON folder.id = location.folder_id JOIN root ON root.id = folder.root_id
    WHERE location.content_id = ? ORDER BY location.id`)
  return (id, own) => {
    return describeContent(
      own,
      places.all(id).map(({name, folder, root, mtimeMs, state, told}): DescribedPlace => ({
        name,
        folder: folder.slice(root.lastIndexOf('/') + 1),
        mtimeMs,
        present: state === 'present',
        sidecars: told === null ? {} : (JSON.parse(told) as SidecarFacts),
      })),
      Date.now(),
    )
  }
}

/** `2019-06` as `2019-06-01`: filters compare dates as text. */
function firstMoment(at: string): string {
  return at.length < 10 ? at + '-01-01'.slice(at.length === 7 ? 3 : 0) : at
}

/** What a person said about a file holds for its changed content, too: tags given and tags taken away. */
function tagCarrier(db: Db): (from: number, to: number) => void {
  const given = db.prepare(`
    INSERT INTO content_tag (content_id, tag_id, source, confidence, model)
    SELECT @to, tag_id, source, confidence, model FROM content_tag WHERE content_id = @from AND source = 'manual' ON CONFLICT DO NOTHING`)
  const refused = db.prepare(`
    INSERT INTO refused_tag (content_id, tag_id) SELECT @to, tag_id FROM refused_tag WHERE content_id = @from ON CONFLICT DO NOTHING`)
  return (from, to) => {
    given.run({from, to})
    refused.run({from, to})
  }
}

/** Tags that a person once gave and this program wrote into a sidecar; what was taken away since stays away. */
function manualTags(db: Db): (contentId: number, sidecars: SidecarFacts) => void {
  const name = db.prepare('INSERT INTO tag (name) VALUES (?) ON CONFLICT DO NOTHING')
  const give = db.prepare(`
    INSERT INTO content_tag (content_id, tag_id, source, confidence)
    SELECT @contentId, id, 'manual', 1 FROM tag WHERE name = @name
      AND NOT EXISTS (SELECT 1 FROM refused_tag WHERE content_id = @contentId AND tag_id = tag.id) ON CONFLICT DO NOTHING`)
  return (contentId, {exported}) => {
    for (const tag of exported?.manual ?? []) {
      name.run(tag)
      give.run({contentId, name: tag})
    }
  }
}
