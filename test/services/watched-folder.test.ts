import {mkdir, rename, rm, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Session} from '../../dist/cli/compose.js'
import type {WalkOptions} from '../../dist/domain/ports/files.js'
import type {WatcherOptions} from '../../dist/domain/ports/watcher.js'
import {scan} from '../../dist/services/scan.js'
import {WatchedFolder} from '../../dist/services/watched-folder.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {composeFor} from '../support/session.js'

const {signal} = new AbortController()
/** So old that nobody waits for it to be complete. */
const LONG_AGO = new Date('2020-01-01')

let box: Sandbox
let session: Session
/** What the watch that was opened last is told by. */
let news: WatcherOptions
let opened: number
/** The folders of each walk; null for a whole one. */
let walks: (string[] | null)[]
/** Done once, in the middle of the next walk. */
let meanwhile: () => Promise<void>
beforeEach(async () => {
  box = await openSandbox()
  session = await composeFor(box)
  opened = 0
  walks = []
  meanwhile = () => Promise.resolve()
  const {files} = session.ports
  session.ports.files = {
    ...files,
    async *walk(root: string, options: WalkOptions = {}) {
      walks.push(options.folders === undefined ? null : [...options.folders])
      yield* files.walk(root, options)
      const first = meanwhile
      meanwhile = () => Promise.resolve()
      await first()
    },
  }
  session.ports.watcher = {
    watch(_, options) {
      news = options
      opened++
      return Promise.resolve({[Symbol.asyncDispose]: () => Promise.resolve()})
    },
  }
})
afterEach(async () => {
  await session[Symbol.asyncDispose]()
  await box[Symbol.asyncDispose]()
})

const at = (name: string): string => join(box.media, name)

async function put(name: string): Promise<void> {
  await mkdir(join(at(name), '..'), {recursive: true})
  await writeFile(at(name), name)
  await utimes(at(name), LONG_AGO, LONG_AGO)
}

function watched(): WatchedFolder {
  return new WatchedFolder(session.ports, box.media, {poll: false, pollMs: 60_000}, signal, () => undefined)
}

async function lookWhenItIsTime(folder: WatchedFolder): Promise<void> {
  await pause(Math.min(5000, Math.max(0, folder.lookAt - performance.now())))
  await folder.look()
}

async function known(): Promise<string[]> {
  const present = await session.ports.library.presentLocations(box.media, 0, 100)
  return present.map(({path}) => path.slice(box.media.length + 1)).sort()
}

test('folders that take each other’s names while all is looked at are looked at once more, by their right names', async () => {
  await put('a/1.txt')
  await put('b/2.txt')
  await scan(session.ports, [box.media], {}, {signal})
  walks = []
  const folder = watched()
  meanwhile = async () => {
    await rename(at('a'), at('aside'))
    await rename(at('b'), at('a'))
    await rename(at('aside'), at('b'))
    news.onConfusion()
  }
  await folder.look()
  expect(await known()).toEqual(['a/1.txt', 'b/2.txt'])
  await lookWhenItIsTime(folder)
  expect({opened, walks}).toEqual({opened: 2, walks: [null, null]})
  expect(await known()).toEqual(['a/2.txt', 'b/1.txt'])
  expect(folder.lookAt - performance.now()).toBeGreaterThan(60_000)
})

test('a file that goes from a root within does not cost a walk of everything, and the last one does', async () => {
  for (const name of ['disk/1.txt', 'disk/2.txt', 'rest/3.txt']) await put(name)
  await scan(session.ports, [at('disk')], {}, {signal})
  const folder = watched()
  await folder.look()
  walks = []
  for (const name of ['disk/2.txt', 'disk/1.txt']) {
    await rm(at(name))
    news.onChange(at('disk'))
    await lookWhenItIsTime(folder)
  }
  expect(walks).toEqual([[at('disk')], [at('disk')], null])
  expect(await session.ports.library.locationAt(at('disk/2.txt'))).toMatchObject({state: 'missing'})
  expect(await session.ports.library.locationAt(at('disk/1.txt'))).toMatchObject({state: 'offline'})
})
