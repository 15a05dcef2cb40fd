import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import type {FoundFile} from '../../dist/domain/media.js'
import type {KnownByInode, Library} from '../../dist/domain/ports/library.js'
import {openSqliteLibrary} from '../../dist/library/sqlite/library.js'

const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const
const ME = 'machine:1:me'

let folder: string
let library: Library
let rootId: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-library-'))
  library = await openSqliteLibrary(join(folder, 'library.db'))
  rootId = (await library.addRoot('/photos')).id
})

afterEach(async () => {
  await library[Symbol.asyncDispose]()
  await rm(folder, {recursive: true, force: true})
})

/** The same file under any name: its inode, size and time stay. */
function named(name: string): FoundFile {
  return {path: `/photos/${name}`, sizeBytes: 10, mtimeMs: 1000, inode: 7}
}

async function inspect(name: string, identity: string, file = named(name)): Promise<number> {
  const {locationIds} = await library.recordFound(rootId, '/photos', [{file, format: JPEG}])
  const [job] = await library.claim('inspect', 1, ME)
  if (job === undefined) throw new Error('nothing to inspect')
  const {sizeBytes, mtimeMs} = file
  await library.finish(job, ME, {
    writes: [{type: 'content', locationId: job.subject, identity, sizeBytes, mtimeMs, format: JPEG, facts: {}}],
    next: [],
    version: '1',
  })
  return locationIds[0] as number
}

async function knownAs(file: FoundFile): Promise<KnownByInode> {
  const [known] = await library.knownByInode([file])
  if (known == null) throw new Error('it is not known')
  return known
}

async function present(): Promise<{id: number; path: string}[]> {
  return (await library.presentLocations('/photos', 0, 100)).map(({id, path}) => ({id, path}))
}

describe('a file that is met at another path', () => {
  test('takes its location along, and the words it is found by', async () => {
    const id = await inspect('old.jpg', 'a')
    const file = named('2019/new.jpg')
    expect(await library.recordMoved(rootId, [{file, from: await knownAs(file), isGone: true}])).toEqual([id])
    expect(await present()).toEqual([{id, path: '/photos/2019/new.jpg'}])
    expect(await library.searchText('"old"', {}, 5)).toEqual([])
    expect(await library.searchText('"2019" "new"', {}, 5)).toHaveLength(1)
    expect(await library.claim('inspect', 1, ME)).toEqual([])
  })

  test('is there again where it was missing', async () => {
    const id = await inspect('old.jpg', 'a')
    await library.recordAbsent([id], 'missing')
    const file = named('new.jpg')
    expect(await library.recordMoved(rootId, [{file, from: await knownAs(file), isGone: true}])).toEqual([id])
    expect(await present()).toEqual([{id, path: '/photos/new.jpg'}])
  })

  test('moves to the first of two new names, and has the second beside it, though both were looked for before', async () => {
    const id = await inspect('old.jpg', 'a')
    const [first, second] = [named('first.jpg'), named('second.jpg')]
    const [fromFirst, fromSecond] = [await knownAs(first), await knownAs(second)]
    expect(await library.recordMoved(rootId, [{file: first, from: fromFirst, isGone: true}])).toEqual([id])
    const [further] = await library.recordMoved(rootId, [{file: second, from: fromSecond, isGone: true}])
    expect(further).not.toBe(id)
    expect(await present()).toEqual([
      {id, path: '/photos/first.jpg'},
      {id: further, path: '/photos/second.jpg'},
    ])
  })

  test('takes a closer look where the place holds something else by now, or the new name is taken', async () => {
    await inspect('old.jpg', 'a')
    const other = {...named('taken.jpg'), inode: 8}
    await inspect('taken.jpg', 'b', other)
    const taken = named('taken.jpg')
    const from = await knownAs(taken)
    expect(await library.recordMoved(rootId, [{file: taken, from, isGone: true}])).toEqual([null])
    await inspect('old.jpg', 'c', {...named('old.jpg'), mtimeMs: 2000})
    expect(await library.recordMoved(rootId, [{file: named('new.jpg'), from, isGone: true}])).toEqual([null])
    expect((await present()).map(({path}) => path)).toEqual(['/photos/old.jpg', '/photos/taken.jpg'])
  })
})
