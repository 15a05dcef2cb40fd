import {readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {ffmpeg} from '../support/clips.js'
import {buildFailingDisk, failingDisk} from '../support/failing-disk.js'
import {dumpLibrary, faultsOf} from '../support/library-dump.js'
import type {ErrorJson, HitJson, WorkJson} from '../support/reports.js'
import {openSandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

const FULL_OR_FAILING = /^(DISK_FULL|DISK_FAILING)$/

const box = await openSandbox()
const shim = await buildFailingDisk(box.root)
afterAll(() => box[Symbol.asyncDispose]())

const library = (): string => join(box.dataDir, 'library.db')
const cache = join(box.root, 'cache')

/** Scans and inspects, as two commands, in processes where their disk is to fail; gives what the first of them said that did not end well. */
async function takeIn(env?: Record<string, string>): Promise<Partial<WorkJson & ErrorJson>> {
  const command = <Result>(args: string[]): Promise<Result> =>
    env === undefined ? box.json<Result>(args) : box.jsonOfProcess<Result>(args, {env})
  const scanned = await command<ErrorJson>(['scan', box.media, '--queue-only'])
  if ('error' in scanned) return scanned
  return command<WorkJson>(['work', '--kind', 'inspect', '--kind', 'frames'])
}

async function forgetAll(): Promise<void> {
  for (const folder of [box.dataDir, cache]) await rm(folder, {recursive: true, force: true})
}

describe.skipIf(shim === null)('a disk that fails', () => {
  let whole: string[]
  const fails = (folder: string, errno: 'ENOSPC' | 'EIO', after: number, calls: 'write' | 'read' = 'write') =>
    failingDisk(shim as string, {folder, errno, after, calls})

  beforeAll(async () => {
    for (let i = 0; i < 4; i++) await drawPicture(join(box.media, `${i}.jpg`), i)
    await ffmpeg('-f', 'lavfi', '-t', '2', '-i', 'testsrc2=size=160x90:rate=10', join(box.media, 'clip.mp4'))
    expect(await takeIn()).toMatchObject({failures: []})
    whole = dumpLibrary(library())
  })
  beforeEach(forgetAll)

  test.each([
    ['ENOSPC', 0],
    ['ENOSPC', 45],
    ['EIO', 9],
  ] as const)(
    'under the library with %s from write %i on is named, loses nothing, and the next run goes on',
    async (errno, after) => {
      const {error} = await takeIn(fails(box.dataDir, errno, after))
      expect(error).toMatchObject({
        code: expect.stringMatching(FULL_OR_FAILING) as string,
        message: expect.stringContaining(library()) as string,
        hint: expect.stringContaining('run the command again') as string,
        exitCode: 5,
      })
      expect(await takeIn()).toMatchObject({failures: []})
      expect(faultsOf(library())).toEqual([])
      expect(dumpLibrary(library())).toEqual(whole)
    },
  )

  test.each([
    ['EIO', 0],
    ['ENOSPC', 1],
  ] as const)('under the previews with %s from write %i on condemns no file', async (errno, after) => {
    const {error} = await takeIn(fails(cache, errno, after))
    expect(error).toMatchObject({code: expect.stringMatching(FULL_OR_FAILING) as string, exitCode: 5})
    expect(await box.json(['jobs', 'list', '--failed'])).toEqual({jobs: []})
    expect(await takeIn()).toMatchObject({failures: []})
    expect(dumpLibrary(library())).toEqual(whole)
  })

  test('under one file alone is a row in the report, and it is taken in when it can be read again', async () => {
    const path = join(box.media, '2.jpg')
    await box.json(['scan', box.media, '--queue-only'])
    expect(await takeIn(fails(path, 'EIO', 0, 'read'))).toMatchObject({
      done: {inspect: 4},
      failures: [{path, code: 'FILE_UNREADABLE', message: 'cannot be read: the disk reports an input/output error'}],
    })
    expect(await takeIn()).toMatchObject({failures: []})
    expect(dumpLibrary(library())).toEqual(whole)
  })

  test('under an export that is written is named, and leaves nothing of it', async () => {
    await takeIn()
    const out = join(box.root, 'out')
    const {error} = await box.jsonOfProcess<ErrorJson>(['export', '--out', join(out, 'all.json')], {env: fails(out, 'ENOSPC', 0)})
    expect(error).toMatchObject({code: 'DISK_FULL', message: `no room left for ${join(out, 'all.json')}`, exitCode: 5})
    expect(await readdir(out)).toEqual([])
  })

  test('under the vector indexes keeps no search from its answer', async () => {
    const env = {MEDIAFORGE_VECTOR_INDEX: 'hnsw'}
    await takeIn()
    await box.json(['work', '--kind', 'embed'])
    const search = async (more: Record<string, string> = {}): Promise<string[]> => {
      const {hits} = await box.jsonOfProcess<{hits: HitJson[]}>(['search', '--semantic', 'a picture'], {env: {...env, ...more}})
      return hits.map(({path, score}) => `${path} ${score.toFixed(4)}`)
    }
    const found = await search()
    expect(found).not.toEqual([])
    for (const after of [0, 3]) {
      await rm(join(cache, 'indexes'), {recursive: true})
      expect(await search(fails(join(cache, 'indexes'), 'ENOSPC', after))).toEqual(found)
      expect(await search()).toEqual(found)
    }
    expect((await readdir(join(cache, 'indexes'))).filter(name => name.includes('.part'))).toEqual([])
  })
})
