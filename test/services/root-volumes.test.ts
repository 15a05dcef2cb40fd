import {rename} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Session} from '../../dist/cli/compose.js'
import type {VolumePlace} from '../../dist/domain/ports/volumes.js'
import {scan, type ScanReport} from '../../dist/services/scan.js'
import {drain} from '../../dist/services/worker.js'
import {composeFor} from '../support/session.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

const {signal} = new AbortController()

let box: Sandbox
let session: Session
/** Which disk is mounted where; a folder stands for a mount point. */
let mounts: Record<string, string>
beforeEach(async () => {
  box = await openSandbox()
  mounts = {}
  session = await composeFor(box)
  session.ports.volumes = {
    placeOf: path => Promise.resolve(placeOf(path)),
    isRemote: () => Promise.resolve(false),
  }
})
afterEach(async () => {
  await session[Symbol.asyncDispose]()
  await box[Symbol.asyncDispose]()
})

function placeOf(path: string): VolumePlace | null {
  for (const [mountPoint, id] of Object.entries(mounts)) {
    if (path === mountPoint) return {id, path: '/'}
    if (path.startsWith(`${mountPoint}/`)) return {id, path: path.slice(mountPoint.length)}
  }
  return null
}

const at = (name: string): string => join(box.root, name)
const rootPaths = async (): Promise<string[]> => (await session.ports.library.roots()).map(root => root.path)

async function scanned(path: string): Promise<ScanReport> {
  const [report] = await scan(session.ports, [path], {}, {signal})
  return report as ScanReport
}

/** A disk with two pictures, taken in at its mount point. */
async function takeIn(mountPoint: string, id: string, folder = ''): Promise<void> {
  mounts[at(mountPoint)] = id
  await drawPicture(join(at(mountPoint), folder, 'a.jpg'), 1)
  await drawPicture(join(at(mountPoint), folder, 'sub/b.jpg'), 2)
  await scanned(join(at(mountPoint), folder))
  await drain(session.ports, {kinds: ['inspect']}, {signal})
}

async function remount(from: string, to: string): Promise<void> {
  await rename(at(from), at(to))
  mounts[at(to)] = mounts[at(from)] ?? ''
  Reflect.deleteProperty(mounts, at(from))
}

test('the same disk at another mount point is the same root: nothing is new, and nothing is done again', async () => {
  await takeIn('usb', 'DISK-1')
  const before = await session.ports.library.locationAt(at('usb/sub/b.jpg'))
  await remount('usb', 'usb1')
  expect((await scanned(at('usb'))).state).toBe('offline')
  expect(await scanned(at('usb1'))).toMatchObject({state: 'scanned', unchanged: 2, added: 0, changed: 0, missing: 0})
  expect(await rootPaths()).toEqual([at('usb1')])
  expect(await session.ports.library.locationAt(at('usb1/sub/b.jpg'))).toEqual({...before, path: at('usb1/sub/b.jpg')})
  expect(await session.ports.library.locationAt(at('usb/sub/b.jpg'))).toBeNull()
  expect((await session.ports.library.jobCounts()).inspect).toEqual({queued: 0, running: 0, failed: 0})
})

test('a root inside a disk moves with it, whether its own folder, one above or one below is scanned', async () => {
  await takeIn('one', 'DISK-1', 'photos')
  await remount('one', 'two')
  expect(await scanned(at('two/photos'))).toMatchObject({unchanged: 2, added: 0})
  expect(await rootPaths()).toEqual([at('two/photos')])
  await remount('two', 'three')
  expect(await scanned(at('three/photos/sub'))).toMatchObject({unchanged: 1, added: 0})
  expect(await rootPaths()).toEqual([at('three/photos')])
  await remount('three', 'four')
  expect(await scanned(at('four'))).toMatchObject({unchanged: 2, added: 0})
  expect(await rootPaths()).toContain(at('four/photos'))
})

test('another disk at a new mount point is another root, and so is one that is seen at both', async () => {
  await takeIn('one', 'DISK-1')
  await takeIn('two', 'DISK-2')
  expect(await rootPaths()).toEqual([at('one'), at('two')])
  mounts[at('three')] = 'DISK-1'
  await drawPicture(at('three/a.jpg'), 1)
  await scanned(at('three'))
  expect(await rootPaths()).toEqual([at('one'), at('three'), at('two')])
})

test('where the system tells no ids, a path is a root of its own', async () => {
  await takeIn('one', 'DISK-1')
  await rename(at('one'), at('two'))
  mounts = {}
  await scanned(at('two'))
  expect(await rootPaths()).toEqual([at('one'), at('two')])
})
