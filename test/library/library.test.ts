import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import Database from 'better-sqlite3'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {MediaForgeError} from '../../dist/domain/errors.js'
import {DEATHS_IN_COMPANY, MAX_ATTEMPTS, MAX_DEATHS, type Job} from '../../dist/domain/jobs.js'
import type {Library, StageResult} from '../../dist/domain/ports/library.js'
import {normalise} from '../../dist/domain/vectors.js'
import {openSqliteLibrary} from '../../dist/library/sqlite/library.js'
import {MIGRATIONS} from '../../dist/library/sqlite/schema.js'
import {countedIn, plainCoverage, plainStats} from '../support/plain-stats.js'

const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const
const SPACE = {name: 'test-1', dimension: 4, scale: {picture: {least: 0, sure: 1}, text: {least: 0, sure: 1}}}
const ME = 'machine:1:me'

let folder: string
let path: string
let library: Library

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-library-'))
  path = join(folder, 'library.db')
  library = await openSqliteLibrary(path)
})

afterEach(async () => {
  await library[Symbol.asyncDispose]()
  await rm(folder, {recursive: true, force: true})
})

async function find(name: string, sizeBytes = 10): Promise<number> {
  const root = await library.addRoot('/photos')
  const file = {path: `/photos/${name}`, sizeBytes, mtimeMs: 1000, inode: sizeBytes}
  const {locationIds} = await library.recordFound(root.id, '/photos', [{file, format: JPEG}])
  return locationIds[0] as number
}

function inspected(locationId: number, identity: string): StageResult {
  const write = {
    type: 'content',
    locationId,
    identity,
    sizeBytes: 10,
    mtimeMs: 1000,
    format: JPEG,
    facts: {},
  } as const
  return {writes: [write], next: ['embed'], version: '1'}
}

/** Finds a file and passes it through `inspect`; gives the id of its content. */
async function add(name: string, identity = name): Promise<number> {
  const locationId = await find(name)
  const [job] = await library.claim('inspect', 1, ME)
  await library.finish(job as Job, ME, inspected(locationId, identity))
  return (await library.contentByIdentity(identity))?.id ?? -1
}

function failure(code: string): Error {
  return expect.objectContaining({code}) as Error
}

function onlyDamage(error: unknown): void {
  expect(error).toMatchObject({code: 'LIBRARY_CORRUPT', hint: expect.stringContaining('mediaforge restore BACKUP') as string})
}

describe('the queue', () => {
  test('hands a job to one worker only, and counts the attempt before it runs', async () => {
    await find('a.jpg')
    const [job] = await library.claim('inspect', 5, ME)
    expect(job).toMatchObject({kind: 'inspect', attempts: 1})
    expect(await library.claim('inspect', 5, 'machine:2:other')).toEqual([])
  })

  test('commits a job with its writes and what follows', async () => {
    const contentId = await add('a.jpg')
    expect(await library.content(contentId)).toMatchObject({
      identity: 'a.jpg',
      locations: [{path: '/photos/a.jpg', state: 'present'}],
    })
    expect(await library.jobCounts()).toMatchObject({inspect: {queued: 0, running: 0}, embed: {queued: 1}})
  })

  test('lets nobody finish a job that was taken over', async () => {
    const locationId = await find('a.jpg')
    const [job] = await library.claim('inspect', 1, ME)
    await library.expireLeases(ME)
    const [taken] = await library.claim('inspect', 1, 'machine:2:other')
    expect(taken?.attempts).toBe(2)
    await expect(library.finish(job as Job, ME, inspected(locationId, 'x'))).rejects.toThrow(failure('LEASE_LOST'))
    expect(await library.contentByIdentity('x')).toBeNull()
  })

  test('buries a job whose workers died with it as often as is allowed', async () => {
    await find('killer.jpg')
    for (let attempt = 1; attempt <= MAX_DEATHS; attempt++) {
      expect(await library.claim('inspect', 1, ME)).toHaveLength(1)
      await library.expireLeases(ME)
    }
    expect(await library.claim('inspect', 1, ME)).toEqual([])
    expect(await library.listJobs({state: 'failed', limit: 5})).toMatchObject([
      {path: '/photos/killer.jpg', errorCode: 'FILE_BROKEN'},
    ])
  })

  test('claims a job alone whose workers died with it, so that its neighbours are not condemned', async () => {
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) await find(name)
    for (let death = 1; death <= DEATHS_IN_COMPANY; death++) {
      expect(await library.claim('inspect', 3, ME)).toHaveLength(3)
      await library.expireLeases(ME)
    }
    expect(await library.claim('inspect', 3, ME)).toHaveLength(1)
  })

  test('tries again later, then no more', async () => {
    await find('a.jpg')
    const [job] = await library.claim('inspect', 1, ME)
    expect(await library.fail(job as Job, ME, {code: 'FILE_TIMEOUT', message: 'slow'}, false)).toBe(false)
    expect(await library.claim('inspect', 1, ME)).toEqual([])
    expect(await library.nextJobDelayMs(['inspect'])).toBeGreaterThan(0)
    expect(await library.nextJobDelayMs(['tag'])).toBeNull()
    expect(await library.fail({...(job as Job), attempts: MAX_ATTEMPTS}, ME, {code: 'x', message: 'y'}, false)).toBe(true)
  })

  test.each(['queued', 'running'] as const)('does not stand still where the clock is set back while a job is %s', async state => {
    await find('a.jpg')
    const {now} = Date
    try {
      Date.now = () => now() + 365 * 86_400_000
      const [job] = await library.claim('inspect', 1, ME)
      if (state === 'queued') await library.fail(job as Job, ME, {code: 'LIBRARY_BUSY', message: 'busy'}, false)
      Date.now = now
      expect(await library.nextJobDelayMs(['inspect'])).toBe(0)
      expect(await library.claim('inspect', 1, 'elsewhere:2:other')).toHaveLength(1)
    } finally {
      Date.now = now
    }
  })

  test('gives back what was not finished, as if it had not been tried', async () => {
    await find('a.jpg')
    const [job] = await library.claim('inspect', 1, ME)
    await library.release([job?.id ?? 0], ME)
    expect(await library.claim('inspect', 1, ME)).toMatchObject([{attempts: 1}])
  })

  test('hands out nothing while paused', async () => {
    await find('a.jpg')
    await library.setPaused(true)
    expect(await library.claim('inspect', 1, ME)).toEqual([])
    await library.setPaused(false)
    expect(await library.claim('inspect', 1, ME)).toHaveLength(1)
  })

  test('takes the same work once', async () => {
    const contentId = await add('a.jpg')
    expect(await library.enqueue([{kind: 'tag', subject: contentId}])).toBe(1)
    expect(await library.enqueue([{kind: 'tag', subject: contentId}])).toBe(0)
  })

  test('has what follows a stage run after it, also where it was in hand already', async () => {
    const contentId = await add('a.mp4')
    const [embed] = await library.claim('embed', 1, 'machine:2:other')
    await library.enqueue([{kind: 'frames', subject: contentId}])
    const [frames] = await library.claim('frames', 1, ME)
    await library.finish(frames as Job, ME, {writes: [], next: ['embed'], version: '1'})
    const early = library.finish(embed as Job, 'machine:2:other', {writes: [], next: [], version: '1'})
    await expect(early).rejects.toThrow(failure('LEASE_LOST'))
    expect(await library.claim('embed', 1, ME)).toHaveLength(1)
  })

  test('waits with what is stale until the frames of the video are there', async () => {
    const contentId = await add('a.mp4')
    await library.clearJobs({state: 'queued', kind: 'embed'})
    await library.enqueue([{kind: 'frames', subject: contentId}])
    expect(await library.enqueueStale('embed', '1')).toBe(0)
    await library.clearJobs({state: 'queued', kind: 'frames'})
    expect(await library.enqueueStale('embed', '1')).toBe(1)
  })

  test('finds what an older version of a stage made', async () => {
    const contentId = await add('a.jpg')
    const [job] = await library.claim('embed', 1, ME)
    await library.finish(job as Job, ME, {writes: [], next: [], version: 'old'})
    expect(await library.enqueueStale('embed', 'old')).toBe(0)
    expect(await library.enqueueStale('embed', 'new')).toBe(1)
    expect(await library.claim('embed', 1, ME)).toMatchObject([{subject: contentId}])
  })
})

describe('contents and locations', () => {
  test('two files of the same bytes are one content at two places, and the second starts no further stage', async () => {
    const first = await add('a.jpg', 'same')
    const [job] = await library.claim('embed', 1, ME)
    await library.finish(job as Job, ME, {writes: [], next: [], version: '1'})
    expect(await add('b.jpg', 'same')).toBe(first)
    expect((await library.content(first))?.locations.map(location => location.path)).toEqual(['/photos/a.jpg', '/photos/b.jpg'])
    expect((await library.jobCounts()).embed.queued).toBe(0)
  })

  test('a sidecar that comes while its file is being looked at has it looked at once more', async () => {
    const locationId = await find('a.jpg')
    const [job] = await library.claim('inspect', 1, ME)
    await library.recordSidecars('/photos', [{name: 'a.jpg', sidecars: ['a.jpg.xmp']}])
    await expect(library.finish(job as Job, ME, inspected(locationId, 'a'))).rejects.toThrow(failure('LEASE_LOST'))
    expect(await library.claim('inspect', 1, ME)).toMatchObject([{subject: locationId}])
    expect((await library.location(locationId))?.sidecars).toEqual(['/photos/a.jpg.xmp'])
  })

  test('what was read of a file that was still being copied goes when all of it is there, and nothing else does', async () => {
    const MINUTE_MS = 60_000
    const root = await library.addRoot('/photos')
    const see = async (name: string, identity: string, mtimeMs: number): Promise<void> => {
      const file = {path: `/photos/${name}`, sizeBytes: identity.length, mtimeMs, inode: 1}
      const {locationIds} = await library.recordFound(root.id, '/photos', [{file, format: JPEG}])
      const [job] = await library.claim('inspect', 1, ME)
      const {writes, ...rest} = inspected(locationIds[0] as number, identity)
      await library.finish(job as Job, ME, {...rest, writes: writes.map(write => ({...write, mtimeMs}) as typeof write)})
    }
    const now = Date.now()
    await see('copied.jpg', 'half', now - 1000)
    await see('tagged.jpg', 'tagged half', now - 1000)
    await see('edited.jpg', 'original', now - 10 * MINUTE_MS)
    await see('touched.jpg', 'the same', now - 1000)
    await library.addTags((await library.contentByIdentity('tagged half'))?.id ?? -1, ['beach'])
    for (const [name, identity] of Object.entries({
      copied: 'whole',
      tagged: 'tagged whole',
      edited: 'edition',
      touched: 'the same',
    })) {
      await see(`${name}.jpg`, identity, now)
    }
    const waiting = await find('waiting.jpg')
    expect(await library.removeUnsettled()).toEqual([])
    const [job] = await library.claim('inspect', 1, ME)
    await library.finish(job as Job, ME, inspected(waiting, 'waiting'))
    expect(await library.removeUnsettled()).toEqual(['half'])
    expect((await library.contentsNowhere()).map(({identity}) => identity).sort()).toEqual(['original', 'tagged half'])
    expect(await library.removeUnsettled()).toEqual([])
  })

  test('a file that was never a media file gets a location and no job', async () => {
    const root = await library.addRoot('/photos')
    const file = {path: '/photos/notes.txt', sizeBytes: 5, mtimeMs: 1, inode: 1}
    await library.recordFound(root.id, '/photos', [{file, format: null}])
    expect(await library.knownFiles('/photos')).toMatchObject([{name: 'notes.txt', sizeBytes: 5}])
    expect((await library.jobCounts()).inspect.queued).toBe(0)
  })

  test('a file that could not be recognised is a failed job with its reason', async () => {
    const root = await library.addRoot('/photos')
    const file = {path: '/photos/empty.jpg', sizeBytes: 0, mtimeMs: 1, inode: 1}
    await library.recordFound(root.id, '/photos', [
      {file, format: null, problem: new MediaForgeError('FILE_EMPTY', 'it is empty')},
    ])
    expect(await library.listJobs({state: 'failed', limit: 5})).toMatchObject([
      {path: '/photos/empty.jpg', errorCode: 'FILE_EMPTY'},
    ])
  })

  test('absence is a state, and nothing is lost by it', async () => {
    const contentId = await add('a.jpg')
    const [present] = await library.presentLocations('/photos', 0, 10)
    await library.recordAbsent([present?.id ?? 0], 'offline')
    expect(await library.presentLocations('/photos', 0, 10)).toEqual([])
    expect(await library.content(contentId)).toMatchObject({locations: [{state: 'offline'}]})
    await library.recordPresent([present?.id ?? 0])
    expect(await library.presentLocations('/photos', 0, 10)).toHaveLength(1)
  })

  test('what is present in a folder is counted, and not what is away', async () => {
    const root = await library.addRoot('/photos')
    const ids: number[] = []
    for (const place of ['/photos', '/photos/a', '/photos/a/b', '/photos/ab']) {
      const file = {path: `${place}/x.jpg`, sizeBytes: 1, mtimeMs: 1, inode: 1}
      ids.push(...(await library.recordFound(root.id, place, [{file, format: JPEG}])).locationIds)
    }
    const counts = () => Promise.all(['/photos', '/photos/a', '/', '/pho'].map(place => library.countPresent(place)))
    expect(await counts()).toEqual([4, 2, 4, 0])
    await library.recordAbsent([ids[0] as number], 'offline')
    await library.recordAbsent([ids[1] as number], 'missing')
    expect(await counts()).toEqual([2, 1, 2, 0])
    await library.recordPresent(ids.slice(0, 1))
    expect(await counts()).toEqual([3, 1, 3, 0])
  })

  test('a folder whose name begins like another is not below it', async () => {
    const root = await library.addRoot('/photos')
    for (const place of ['/photos/a', '/photos/a/b', '/photos/ab']) {
      const file = {path: `${place}/x.jpg`, sizeBytes: 1, mtimeMs: 1, inode: 1}
      await library.recordFound(root.id, place, [{file, format: JPEG}])
    }
    const below = await library.presentLocations('/photos/a', 0, 10)
    expect(below.map(location => location.path)).toEqual(['/photos/a/x.jpg', '/photos/a/b/x.jpg'])
  })
})

describe('tags', () => {
  const machine = (name: string, confidence = 0.5) => ({name, confidence, source: 'detector', model: 'm'}) as const

  async function tagByMachine(contentId: number, names: string[]): Promise<void> {
    await library.enqueue([{kind: 'tag', subject: contentId}])
    const [job] = await library.claim('tag', 1, ME)
    const tags = names.map(name => machine(name))
    await library.finish(job as Job, ME, {
      writes: [{type: 'tags', contentId, sources: ['detector'], tags}],
      next: [],
      version: '1',
    })
  }

  test('a tag that a person removed is not brought back by a machine, only by a person', async () => {
    const contentId = await add('a.jpg')
    await tagByMachine(contentId, ['dog', 'car'])
    expect(await library.removeTags(contentId, ['car'])).toEqual(['car'])
    await tagByMachine(contentId, ['dog', 'car'])
    expect((await library.tags(contentId)).map(tag => tag.name)).toEqual(['dog'])
    await library.addTags(contentId, ['car'])
    expect((await library.tags(contentId)).map(tag => [tag.name, tag.source])).toEqual([
      ['car', 'manual'],
      ['dog', 'detector'],
    ])
  })

  test('a person’s tags outlive every new look of a machine', async () => {
    const contentId = await add('a.jpg')
    await library.addTags(contentId, ['holiday'])
    await tagByMachine(contentId, ['dog'])
    await tagByMachine(contentId, [])
    expect((await library.tags(contentId)).map(tag => tag.name)).toEqual(['holiday'])
  })

  test('are found by words as soon as they are there, and no longer than that', async () => {
    const contentId = await add('a.jpg')
    await library.addTags(contentId, ['beach'])
    expect(await library.searchText('"beaches"', {}, 5)).toMatchObject([{contentId}])
    await library.removeTags(contentId, ['beach'])
    expect(await library.searchText('"beach"', {}, 5)).toEqual([])
  })
})

describe('vectors', () => {
  async function embed(contentId: number, ...vectors: number[][]): Promise<void> {
    await library.enqueue([{kind: 'embed', subject: contentId}])
    const [job] = await library.claim('embed', 1, ME)
    const rows = vectors.map(
      (values, i) => ({aspect: 'picture', atMs: i * 1000, data: normalise(Float32Array.from(values))}) as const,
    )
    await library.finish(job as Job, ME, {
      writes: [{type: 'vectors', contentId, space: SPACE, vectors: rows}],
      next: [],
      version: 'test-1',
    })
  }

  test('come back as they were, in id order, above a mark', async () => {
    const contentId = await add('a.jpg')
    await embed(contentId, [1, 0, 0, 0], [0, 0, 3, 4])
    const {ids, data} = await library.vectorsAfter(SPACE.name, ['picture'], 0, 10)
    expect([...data.slice(4)]).toEqual([0, 0, Math.fround(0.6), Math.fround(0.8)])
    expect((await library.vectorsAfter(SPACE.name, ['picture'], ids[0] as number, 10)).ids).toHaveLength(1)
    expect(await library.vectorsOf([999, ...ids.toReversed()])).toEqual({ids, data})
    expect(await library.vectorOwners([...ids])).toMatchObject([
      {contentId, atMs: 0},
      {contentId, atMs: 1000},
    ])
    expect(await library.vectorState(SPACE.name, ['picture'])).toEqual({count: 2, maxId: ids[1]})
  })

  test('that are replaced get new ids, so that an index above its mark sees them', async () => {
    const contentId = await add('a.jpg')
    await embed(contentId, [1, 0, 0, 0])
    const before = await library.vectorState(SPACE.name, ['picture'])
    await embed(contentId, [0, 1, 0, 0])
    const after = await library.vectorState(SPACE.name, ['picture'])
    expect(after.count).toBe(1)
    expect(after.maxId).toBeGreaterThan(before.maxId)
  })

  test('are filtered by what is known of their contents', async () => {
    const [a, b] = [await add('a.jpg'), await add('b.jpg')]
    await embed(a, [1, 0, 0, 0])
    await embed(b, [0, 1, 0, 0])
    await library.addTags(b, ['dog'])
    expect(await library.filterVectors(SPACE.name, ['picture'], {})).toBeNull()
    expect((await library.filterVectors(SPACE.name, ['picture'], {tags: ['dog']}))?.size).toBe(1)
    expect((await library.filterVectors(SPACE.name, ['picture'], {withoutTags: ['dog'], kinds: ['photo']}))?.size).toBe(1)
    expect((await library.filterVectors(SPACE.name, ['picture'], {kinds: ['video']}))?.size).toBe(0)
  })
})

describe('a library file', () => {
  test('of a newer program is refused, unchanged', async () => {
    await library[Symbol.asyncDispose]()
    const db = new Database(path)
    db.pragma('user_version = 999')
    db.close()
    await expect(openSqliteLibrary(path)).rejects.toThrow(failure('LIBRARY_TOO_NEW'))
    const again = new Database(path)
    expect(again.pragma('user_version', {simple: true})).toBe(999)
    again.pragma(`user_version = ${MIGRATIONS.length}`)
    again.close()
    library = await openSqliteLibrary(path)
  })

  test('of the first version keeps all it has, and has its files looked at once more', async () => {
    const old = join(folder, 'old.db')
    const db = new Database(old)
    db.exec(`${MIGRATIONS[0]}
      PRAGMA user_version = 1;
      INSERT INTO root (id, path, added_at) VALUES (1, '/photos', '2024-01-01');
      INSERT INTO folder (id, root_id, path) VALUES (1, 1, '/photos');
      INSERT INTO content (id, identity, size_bytes, kind, format, mime, facts, added_at)
        VALUES (1, 'first', 10, 'photo', 'jpeg', 'image/jpeg', '{"title":"old"}', '2024-01-01');
      INSERT INTO location (id, folder_id, name, content_id, kind, format, mime, size_bytes, mtime_ms, inode)
        VALUES (1, 1, 'IMG_20190203_140506.jpg', 1, 'photo', 'jpeg', 'image/jpeg', 10, 1000, 1);
      INSERT INTO tag (id, name) VALUES (1, 'dog'), (2, 'unused');
      INSERT INTO content_tag (content_id, tag_id, source, confidence) VALUES (1, 1, 'manual', 1), (1, 1, 'detector', 0.5);
      INSERT INTO space (id, name, dimension) VALUES (1, 'old', 1);
      INSERT INTO stage_pass (content_id, kind, version) VALUES (1, 'embed', 'old');
      INSERT INTO vector (space_id, content_id, aspect, at_ms, data) VALUES (1, 1, 'picture', 0, x'00'), (1, 1, 'text', 0, x'00')`)
    db.close()
    await using upgraded = await openSqliteLibrary(old)
    expect(await upgraded.content(1)).toMatchObject({facts: {title: 'old'}, ownFacts: {title: 'old'}})
    const [job] = await upgraded.claim('inspect', 5, ME)
    expect(job).toMatchObject({subject: 1})
    const {ownFacts} = (await upgraded.content(1)) ?? {}
    const {writes, ...rest} = inspected(1, 'first')
    await upgraded.finish(job as Job, ME, {
      ...rest,
      writes: writes.map(write => ({...write, facts: ownFacts})) as StageResult['writes'],
    })
    expect(await upgraded.stats()).toEqual(countedIn(old, plainStats))
    expect(await upgraded.spaces()).toEqual(countedIn(old, plainCoverage).spaces)
    expect(await upgraded.countUncovered('new')).toBe(1)
    expect((await upgraded.content(1))?.facts).toEqual({title: 'old', captured: {at: '2019-02-03T14:05:06', source: 'name'}})
  })

  test('that is no database is refused with what to do', async () => {
    const other = join(folder, 'other.db')
    await writeFile(other, 'x'.repeat(5000))
    await expect(openSqliteLibrary(other)).rejects.toThrow(
      expect.objectContaining({code: 'LIBRARY_CORRUPT', hint: expect.stringContaining('mv') as string}) as Error,
    )
  })

  test('is said to be damaged, whatever part of it is, and by nothing else', async () => {
    for (let i = 0; i < 40; i++) await add(`${i}.jpg`)
    await library[Symbol.asyncDispose]()
    const whole = await readFile(path)
    const page = 4096
    let damaged = 0
    for (let at = page; at < whole.length; at += page) {
      const broken = Buffer.from(whole)
      broken.fill(0xa5, at, at + page)
      await writeFile(path, broken)
      try {
        await using opened = await openSqliteLibrary(path)
        const root = (await opened.roots())[0]?.id ?? 1
        const file = {path: '/photos/new.jpg', sizeBytes: 1, mtimeMs: 1, inode: 1}
        await opened.stats()
        await opened.knownFiles('/photos')
        await opened.searchText('"jpg"', {}, 5)
        await opened.content(1)
        await opened.recordFound(root, '/photos', [{file, format: JPEG}])
        await opened.claim('embed', 3, ME)
      } catch (error) {
        onlyDamage(error)
        damaged++
      }
    }
    expect(damaged).toBeGreaterThan(whole.length / page / 4)
    await writeFile(path, whole)
    library = await openSqliteLibrary(path)
    const db = new Database(path)
    db.exec(`UPDATE content SET facts = '{"width": 4'`)
    db.close()
    await expect(library.content(1)).rejects.toThrow(failure('LIBRARY_CORRUPT'))
  })

  test('is shared: a second connection sees what the first one wrote', async () => {
    await add('a.jpg')
    await using second = await openSqliteLibrary(path)
    expect(await second.locationAt('/photos/a.jpg')).toMatchObject({state: 'present'})
    expect(await second.claim('embed', 5, 'machine:2:other')).toHaveLength(1)
    expect(await library.claim('embed', 5, ME)).toEqual([])
  })

  test('is healthy', async () => {
    expect(await library.health()).toMatchObject({path, version: MIGRATIONS.length, integrity: 'ok'})
  })
})
