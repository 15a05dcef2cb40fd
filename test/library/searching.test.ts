import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import Database from 'better-sqlite3'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Library} from '../../dist/domain/ports/library.js'
import {openSqliteLibrary} from '../../dist/library/sqlite/library.js'

let folder: string
let path: string
let library: Library

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-searching-'))
  path = join(folder, 'library.db')
  library = await openSqliteLibrary(path)
})

afterAll(async () => {
  await library[Symbol.asyncDispose]()
  await rm(folder, {recursive: true, force: true})
})

/** Words of so many contents, as no stage could write them in the time of a test. */
function write(from: number, contents: number, name: string, tags: string): void {
  const db = new Database(path)
  db.prepare(
    `WITH RECURSIVE more (id) AS (SELECT @from UNION ALL SELECT id + 1 FROM more WHERE id < @from + @contents - 1)
     INSERT INTO text_row (rowid, name, folder, tags, captions, metadata)
     SELECT id, @name, '', @tags, '', 'and other words of no concern' FROM more`,
  ).run({from, contents, name, tags})
  db.close()
}

test('of a word that more than ten thousand contents have, those that were added last are ranked', async () => {
  write(1, 1, 'beach', 'beach')
  write(2, 9999, '', 'beach')
  expect((await library.searchText('"beach"', {}, 1))[0]?.contentId).toBe(1)
  write(20_000, 1, '', 'beach')
  expect((await library.searchText('"beach"', {}, 1))[0]?.contentId).toBe(2)
  // Where as many are asked for, they are all looked at.
  expect(await library.searchText('"beach"', {}, 20_000)).toHaveLength(10_001)
  expect(await library.searchText('{name} : "beach"', {}, 5)).toMatchObject([{contentId: 1}])
  expect(await library.matching('"beach"', [1, 15_000, 20_000])).toEqual([1, 20_000])
})
