import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Job} from '../../dist/domain/jobs.js'
import type {Library, StageResult} from '../../dist/domain/ports/library.js'
import type {TagSource} from '../../dist/domain/tags.js'
import {openSqliteLibrary} from '../../dist/library/sqlite/library.js'
import {countedIn, plainCoverage, plainStats} from '../support/plain-stats.js'

const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const
const SPACE = {name: 'test-1', dimension: 4, scale: {picture: {least: 0, sure: 1}, text: {least: 0, sure: 1}}}
const ME = 'machine:1:me'

let folder: string
let path: string
let library: Library

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-stats-'))
  path = join(folder, 'library.db')
  library = await openSqliteLibrary(path)
})

afterAll(async () => {
  await library[Symbol.asyncDispose]()
  await rm(folder, {recursive: true, force: true})
})

let size = 100

/** Finds a file, of another size each time. */
async function find(name: string, format: typeof JPEG | null = JPEG): Promise<number> {
  const root = await library.addRoot('/photos')
  const file = {path: `/photos/${name}`, sizeBytes: size++, mtimeMs: 1000, inode: 1}
  const {locationIds} = await library.recordFound(root.id, '/photos', [{file, format}])
  return locationIds[0] as number
}

/** Finds a file and passes it through `inspect`; gives the id of its content. */
async function add(name: string, identity = name): Promise<number> {
  const locationId = await find(name)
  const [job] = await library.claim('inspect', 1, ME)
  await library.finish(job as Job, ME, {
    writes: [{type: 'content', locationId, identity, sizeBytes: size, mtimeMs: 1000, format: JPEG, facts: {}}],
    next: [],
    version: '1',
  })
  return (await library.contentByIdentity(identity))?.id ?? -1
}

async function pass(kind: 'embed' | 'tag', contentId: number, writes: StageResult['writes']): Promise<void> {
  const version = writes.flatMap(write => (write.type === 'vectors' ? [write.space.name] : []))[0] ?? '1'
  await library.enqueue([{kind, subject: contentId}])
  const [job] = await library.claim(kind, 1, ME)
  await library.finish(job as Job, ME, {writes, next: [], version})
}

function tagged(contentId: number, sources: TagSource[], ...names: string[]): Promise<void> {
  const tags = names.flatMap(name => sources.map(source => ({name, source, confidence: 0.5})))
  return pass('tag', contentId, [{type: 'tags', contentId, sources, tags}])
}

function embedded(contentId: number, name: string, vectors: number): Promise<void> {
  const rows = Array.from({length: vectors}, (_, i) => ({aspect: 'picture', atMs: i, data: new Float32Array(4)}) as const)
  return pass('embed', contentId, [{type: 'vectors', contentId, space: {...SPACE, name}, vectors: rows}])
}

test('stats and coverage are what counting every row gives, whatever comes, changes and goes', async () => {
  let [a, b, c] = [0, 0, 0]
  const locationOf = async (name: string): Promise<number> => (await library.locationAt(`/photos/${name}`))?.id as number
  const steps: (() => unknown)[] = [
    async () => ([a, b, c] = [await add('a.jpg'), await add('b.jpg'), await add('c.jpg')]),
    () => add('copy of a.jpg', 'a.jpg'),
    () => find('not looked at.jpg'),
    () => tagged(a, ['detector', 'metadata'], 'dog', 'car'),
    () => tagged(b, ['detector'], 'dog'),
    () => tagged(a, ['detector'], 'dog'),
    () => tagged(a, ['metadata']),
    () => library.addTags(b, ['dog', 'holiday']),
    () => library.removeTags(b, ['dog']),
    () => embedded(a, 'one', 2),
    () => embedded(a, 'two', 1),
    () => embedded(b, 'one', 1),
    () => embedded(a, 'one', 3),
    () => embedded(b, 'one', 0),
    async () => library.recordAbsent([await locationOf('a.jpg'), await locationOf('b.jpg')], 'offline'),
    async () => library.recordAbsent([await locationOf('b.jpg'), await locationOf('c.jpg')], 'missing'),
    async () => library.recordPresent([await locationOf('a.jpg')]),
    async () => library.removeLocations([await locationOf('b.jpg'), await locationOf('c.jpg')]),
    () => library.removeContents([b, c]),
    // It is no picture any more, and then one again.
    () => find('copy of a.jpg', null),
    () => find('copy of a.jpg', JPEG),
    () => library.dropSpace('one'),
  ]
  const told: string[] = []
  for (const step of steps) {
    await step()
    const stats = await library.stats()
    expect(stats).toEqual(countedIn(path, plainStats))
    const spaces = await library.spaces()
    const uncovered = await Promise.all([...spaces.map(({space}) => space), 'new'].map(space => library.countUncovered(space)))
    expect({spaces, uncovered}).toEqual(countedIn(path, plainCoverage))
    told.push(JSON.stringify([stats, spaces]))
  }
  // Nearly every step is one that stats has to see.
  expect(new Set(told).size).toBeGreaterThan(steps.length - 4)
})
