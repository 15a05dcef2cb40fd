import {copyFile, readdir, rename, rm} from 'node:fs/promises'
import {join} from 'node:path'
import Database from 'better-sqlite3'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {ErrorJson, FileJson, HitJson, ScanJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'
import {runAtTerminal} from '../support/terminal.js'

interface PruneJson {
  dryRun: boolean
  files: {path: string; state: string; since: string}[]
  contents: number
  returned: string[]
  removed: {files: number; contents: number}
}

const NAMES = Array.from({length: 6}, (_, i) => `${i}.jpg`)

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
  for (const [i, name] of NAMES.entries()) await drawPicture(at(name), i)
  await scan()
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
const scan = (): Promise<ScanJson> => box.json<ScanJson>(['scan', box.media])
const prune = (...args: string[]): Promise<PruneJson> => box.json<PruneJson>(['prune', ...args])
const show = (name: string): Promise<FileJson> => box.json<FileJson>(['show', at(name)])

function inLibrary<Result>(use: (db: Database.Database) => Result): Result {
  const db = new Database(join(box.dataDir, 'library.db'))
  try {
    return use(db)
  } finally {
    db.close()
  }
}

const rowsOf = (table: string): number =>
  inLibrary(db => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? -1)

test('nothing but prune takes anything out, and a dry run shows what would go', async () => {
  await rm(at('0.jpg'))
  await scan()
  expect((await show('0.jpg')).location.state).toBe('missing')
  const plan = await prune('--dry-run')
  expect(plan).toMatchObject({dryRun: true, files: [{path: at('0.jpg'), state: 'missing'}], contents: 1, removed: {files: 0}})
  expect(Date.now() - Date.parse(plan.files[0]?.since ?? '')).toBeLessThan(60_000)
  expect((await box.call(['prune', '--dry-run'])).stdout).toContain('0.jpg')
  expect((await show('0.jpg')).content).not.toBeNull()
})

test('what was the last of its content goes with its tags, vectors, words and previews', async () => {
  await box.json(['tag', 'add', at('0.jpg'), 'grandmother'])
  const identity = (await show('0.jpg')).content?.identity ?? ''
  const previews = join(box.environment.MEDIAFORGE_CACHE_DIR ?? '', 'previews', identity.slice(0, 2))
  expect(await readdir(previews)).toContain(identity)
  const vectors = rowsOf('vector')
  await rm(at('0.jpg'))
  await scan()
  expect((await box.call(['prune', '--dry-run'])).stdout).toContain('your own on 1')
  expect((await prune('--yes')).removed).toEqual({files: 1, contents: 1})
  expect(await box.json<ErrorJson>(['show', at('0.jpg')])).toMatchObject({error: {code: 'NOT_IN_LIBRARY'}})
  expect((await box.json<{hits: HitJson[]}>(['search', '--lexical', 'grandmother'])).hits).toEqual([])
  expect(rowsOf('content')).toBe(5)
  expect(rowsOf('vector')).toBeLessThan(vectors)
  expect(rowsOf('text_row')).toBe(5)
  for (const table of ['content_tag', 'vector', 'stage_pass', 'detection']) {
    expect(rowsOf(`${table} WHERE content_id NOT IN (SELECT id FROM content)`)).toBe(0)
  }
  expect(inLibrary(db => db.pragma('integrity_check', {simple: true}))).toBe('ok')
  expect(await readdir(previews)).not.toContain(identity)
  expect(await readdir(box.media)).toHaveLength(5)
})

test('what is elsewhere too only loses the place, and its tags stay', async () => {
  await box.json(['tag', 'add', at('0.jpg'), 'harbour'])
  await copyFile(at('0.jpg'), at('quay.jpg'))
  await scan()
  await rm(at('0.jpg'))
  await scan()
  expect((await prune('--yes')).removed).toEqual({files: 1, contents: 0})
  const left = await show('quay.jpg')
  expect(left.tags[0]).toMatchObject({name: 'harbour', source: 'manual'})
  expect(left.content?.locations).toHaveLength(1)
})

test('a file of a disk that is away never goes, unless --offline says so', async () => {
  await rename(box.media, `${box.media}-away`)
  await box.json(['scan', box.media])
  expect(await prune('--yes')).toMatchObject({files: [], removed: {files: 0, contents: 0}})
  expect(rowsOf('location')).toBe(6)
  expect((await prune('--offline', '--yes')).removed).toEqual({files: 6, contents: 6})
  expect(rowsOf('location')).toBe(0)
})

test('--missing-for spares what went of late', async () => {
  await rm(at('0.jpg'))
  await rm(at('1.jpg'))
  await scan()
  inLibrary(db => db.exec("UPDATE location SET absent_since = '2020-01-01T00:00:00.000Z' WHERE name = '1.jpg'"))
  await scan()
  expect((await prune('--missing-for', '30d', '--dry-run')).files).toMatchObject([{path: at('1.jpg')}])
  expect((await prune('--missing-for', '30d', '--yes')).removed).toEqual({files: 1, contents: 1})
  expect((await show('0.jpg')).location.state).toBe('missing')
  expect(await box.json<ErrorJson>(['prune', '--missing-for', 'soon'])).toMatchObject({error: {code: 'USAGE'}})
})

test('the time begins anew where a file came back in between', async () => {
  await rename(at('0.jpg'), at('.kept'))
  await scan()
  inLibrary(db => db.exec("UPDATE location SET absent_since = '2020-01-01T00:00:00.000Z' WHERE name = '0.jpg'"))
  await rename(at('.kept'), at('0.jpg'))
  await scan()
  await rm(at('0.jpg'))
  await scan()
  expect((await prune('--missing-for', '30d', '--dry-run')).files).toEqual([])
})

test('a file that is there again stays, though no scan has seen it yet', async () => {
  await rename(at('0.jpg'), at('.kept'))
  await scan()
  await rename(at('.kept'), at('0.jpg'))
  expect(await prune('--yes')).toMatchObject({files: [], returned: [at('0.jpg')], removed: {files: 0}})
  expect((await show('0.jpg')).content).not.toBeNull()
})

test('what a person tagged in a file before it changed goes with --replaced alone', async () => {
  await box.json(['tag', 'add', at('0.jpg'), 'grandmother'])
  await rm(at('0.jpg'))
  await drawPicture(at('0.jpg'), 77)
  await scan()
  expect(await prune('--yes')).toMatchObject({contents: 0})
  expect((await prune('--replaced', '--yes')).removed).toEqual({files: 0, contents: 1})
  expect((await show('0.jpg')).content).not.toBeNull()
})

test('what was seen of a file that was not complete goes by itself, with its previews', async () => {
  const half = (await show('0.jpg')).content?.identity ?? ''
  const previews = join(box.environment.MEDIAFORGE_CACHE_DIR ?? '', 'previews', half.slice(0, 2))
  expect(await readdir(previews)).toContain(half)
  await drawPicture(at('0.jpg'), 77)
  await scan()
  expect(rowsOf('content')).toBe(6)
  expect(await readdir(previews)).not.toContain(half)
})

test('it asks at a terminal, and wants --yes elsewhere', async () => {
  await rm(at('0.jpg'))
  await scan()
  expect(await box.json<ErrorJson>(['prune'])).toMatchObject({error: {code: 'USAGE', exitCode: 2}})
  const no = await runAtTerminal(box, ['prune'], 'n\n')
  expect(no.stdout).toContain('Take these out of the library?')
  expect(rowsOf('location')).toBe(6)
  expect(await runAtTerminal(box, ['prune'], 'y\n')).toMatchObject({exitCode: 0})
  expect(rowsOf('location')).toBe(5)
})
