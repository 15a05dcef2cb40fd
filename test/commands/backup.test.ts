import {copyFile, mkdir, readdir, readFile, rm, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import Database from 'better-sqlite3'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {NOTHING_DONE, type ErrorJson, type HitJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

interface HealthJson {
  path: string
  integrity: string
  kept?: string | null
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
  await drawPicture(join(box.media, 'a.jpg'), 1)
  await box.json(['scan', box.media])
  await box.json(['tag', 'add', join(box.media, 'a.jpg'), 'grandmother'])
})
afterEach(() => box[Symbol.asyncDispose]())

const copy = (): string => join(box.root, 'backups/library.db')
const library = (): string => join(box.dataDir, 'library.db')
const backup = (): Promise<HealthJson> => box.json<HealthJson>(['backup', copy()])
const restore = (): Promise<HealthJson & ErrorJson> => box.json<HealthJson & ErrorJson>(['restore', copy()])
async function found(...mode: string[]): Promise<number> {
  const {hits} = await box.json<{hits: HitJson[]}>(['search', ...mode, 'grandmother'])
  return hits.length
}

describe('a backup', () => {
  test('is one whole file that brings everything back after the library is lost', async () => {
    expect(await backup()).toMatchObject({path: copy(), integrity: 'ok'})
    expect(await readdir(join(box.root, 'backups'))).toEqual(['library.db'])
    await rm(box.dataDir, {recursive: true})
    expect(await restore()).toMatchObject({path: library(), integrity: 'ok', kept: null})
    expect(await found('--lexical')).toBe(1)
    expect((await box.json<{work: {done: object}}>(['scan', box.media])).work.done).toEqual(NOTHING_DONE)
  })

  test('replaces an earlier one, and nothing else', async () => {
    await backup()
    await box.json(['tag', 'add', join(box.media, 'a.jpg'), 'second'])
    await backup()
    const db = new Database(copy(), {readonly: true})
    expect(db.prepare("SELECT count(*) FROM tag WHERE name = 'second'").pluck().get()).toBe(1)
    db.close()
    const picture = await readFile(join(box.media, 'a.jpg'))
    const refused = await box.json<ErrorJson>(['backup', join(box.media, 'a.jpg')])
    expect(refused.error).toMatchObject({code: 'USAGE', exitCode: 2})
    expect(await readFile(join(box.media, 'a.jpg'))).toEqual(picture)
  })

  test('is taken while another process is in the middle of writing', async () => {
    const writer = new Database(library())
    writer.exec("BEGIN IMMEDIATE; INSERT INTO tag (name) VALUES ('half')")
    expect(await backup()).toMatchObject({integrity: 'ok'})
    writer.exec('ROLLBACK')
    writer.close()
    const db = new Database(copy(), {readonly: true})
    expect(db.prepare('SELECT name FROM tag').pluck().all()).not.toContain('half')
    db.close()
  })
})

describe('restoring', () => {
  test('keeps the library from before beside the restored one', async () => {
    await backup()
    await box.json(['tag', 'remove', join(box.media, 'a.jpg'), 'grandmother'])
    expect(await found('--lexical')).toBe(0)
    const {kept} = await restore()
    expect(await found('--lexical')).toBe(1)
    const db = new Database(kept as string, {readonly: true})
    expect(db.prepare("SELECT count(*) FROM content_tag WHERE source = 'manual'").pluck().get()).toBe(0)
    db.close()
  })

  test('does not trust indexes of the library that was there', async () => {
    await backup()
    const id = (): unknown => {
      const db = new Database(library(), {readonly: true})
      const value = db.prepare("SELECT value FROM setting WHERE name = 'id'").pluck().get()
      db.close()
      return value
    }
    const before = id()
    await restore()
    expect(id()).not.toBe(before)
  })

  test('mends a damaged library, as its error says', async () => {
    await backup()
    await writeFile(library(), 'no database '.repeat(1000))
    const {error} = await box.json<ErrorJson>(['stats'])
    expect(error).toMatchObject({code: 'LIBRARY_CORRUPT', exitCode: 5, hint: expect.stringContaining('mediaforge restore')})
    const {kept} = await restore()
    expect(await found('--lexical')).toBe(1)
    expect(await readFile(kept as string, 'utf8')).toContain('no database')
  })

  test('refuses what is damaged, no backup, not there, or of a newer version, and leaves all as it was', async () => {
    await backup()
    const before = await readFile(library())
    const refused = async (): Promise<unknown> => {
      const {error} = await restore()
      expect(await found('--lexical')).toBe(1)
      expect((await readdir(box.dataDir)).filter(name => name.includes('before-restore') || name.endsWith('.tmp'))).toEqual([])
      return error
    }
    const good = `${copy()}.good`
    await copyFile(copy(), good)
    await truncate(copy(), 20_000)
    expect(await refused()).toMatchObject({code: 'LIBRARY_CORRUPT', exitCode: 5})
    await writeFile(copy(), 'a letter')
    expect(await refused()).toMatchObject({code: 'LIBRARY_CORRUPT', exitCode: 5})
    await rm(copy())
    expect(await refused()).toMatchObject({code: 'USAGE', exitCode: 2})
    await mkdir(copy())
    expect(await refused()).toMatchObject({code: 'USAGE', exitCode: 2})
    await rm(copy(), {recursive: true})
    await copyFile(good, copy())
    const newer = new Database(copy())
    newer.pragma('user_version = 999')
    newer.close()
    expect(await refused()).toMatchObject({code: 'LIBRARY_TOO_NEW', exitCode: 5})
    expect(await readFile(library())).toEqual(before)
  })

  test('waits for nobody: while another process has the library open it is refused', async () => {
    await backup()
    const other = new Database(library())
    other.pragma('journal_mode = WAL')
    other.exec('BEGIN; SELECT count(*) FROM tag')
    expect((await restore()).error).toMatchObject({code: 'LIBRARY_BUSY', exitCode: 5})
    other.close()
    expect(await restore()).toMatchObject({integrity: 'ok'})
  })
})
