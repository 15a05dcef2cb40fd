import {open, readFile, rename, stat, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {describeWithFixtures} from '../support/fixtures.js'
import type {FileJson, HitJson, ScanJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures, drawPicture} from '../support/scene.js'

interface VerifyJson extends ScanJson {
  verified?: {files: number; problems: {path: string; code: string}[]}
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
const scan = (...args: string[]): Promise<VerifyJson> => box.json<VerifyJson>(['scan', box.media, ...args])
const show = (name: string): Promise<FileJson> => box.json<FileJson>(['show', at(name)])
const ROTTEN = (name: string): unknown => expect.objectContaining({path: at(name), code: 'FILE_ROTTEN'})

/** One byte turns, as on a failing disk: size and times stay. */
async function rot(name: string, position: number): Promise<void> {
  const {atime, mtime} = await stat(at(name))
  const file = await open(at(name), 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, position)
  await file.write(Buffer.from([byte.readUInt8(0) ^ 1]), 0, 1, position)
  await file.close()
  await utimes(at(name), atime, mtime)
}

describe('scan --verify', () => {
  beforeEach(async () => {
    // A time that the file system keeps to the digit.
    for (const [i, name] of ['a.jpg', 'b.jpg'].entries()) {
      await drawPicture(at(name), i)
      await utimes(at(name), 1_600_000_000, 1_600_000_000)
    }
    await scan()
    await box.json(['tag', 'add', at('a.jpg'), 'grandmother'])
  })

  test('finds all well where all is well', async () => {
    expect((await scan('--verify')).verified).toMatchObject({files: 2, problems: []})
    const {exitCode, stdout} = await box.run(['scan', box.media, '--verify'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('all as they were')
    expect(await scan()).not.toHaveProperty('verified')
  })

  test('reports bytes that changed by themselves as a failure, every time, and keeps what is known of them', async () => {
    const before = await show('a.jpg')
    await rot('a.jpg', 700)
    expect((await scan()).roots).toMatchObject([{unchanged: 2, changed: 0}])
    const {exitCode, stdout} = await box.run(['scan', box.media, '--verify'])
    expect(exitCode).toBe(3)
    expect(stdout).toContain('a.jpg')
    expect((await scan('--verify')).verified).toMatchObject({files: 2, problems: [ROTTEN('a.jpg')]})
    expect(await show('a.jpg')).toEqual(before)
  })

  test('reports them also where a sidecar makes the file be looked at again', async () => {
    const before = await show('a.jpg')
    await rot('a.jpg', 700)
    await writeFile(at('a.jpg.json'), JSON.stringify({title: 'a.jpg', photoTakenTime: {timestamp: '1549202706'}}))
    expect((await scan()).work?.failures).toContainEqual(ROTTEN('a.jpg'))
    expect((await show('a.jpg')).content?.identity).toBe(before.content?.identity)
    expect((await scan('--verify')).verified?.problems).toEqual([ROTTEN('a.jpg')])
  })

  test('takes a file that was edited for what it is, and looks at one file or folder alone where told so', async () => {
    await drawPicture(at('a.jpg'), 50)
    expect(await scan('--verify')).toMatchObject({work: {done: {inspect: 1}}, verified: {files: 2, problems: []}})
    const {verified} = await box.json<VerifyJson>(['scan', at('b.jpg'), '--verify'])
    expect(verified).toMatchObject({files: 1, problems: []})
  })
})

describeWithFixtures('a large file', fixtures => {
  test('rots where no sample of its identity lies, and that is found, too', async () => {
    await copyFixtures(fixtures, box.media, {'clip.mp4': 'videos/testvideo.mp4'})
    const size = (await readFile(at('clip.mp4'))).length
    expect(size).toBeGreaterThan(1024 * 1024)
    await utimes(at('clip.mp4'), 1_600_000_000, 1_600_000_000)
    expect((await scan('--verify')).verified).toMatchObject({files: 1, problems: []})
    await rot('clip.mp4', 128 * 1024 + 10)
    expect((await scan('--verify')).verified?.problems).toEqual([ROTTEN('clip.mp4')])
  })
})

describe('a changed file', () => {
  test('becomes new content and keeps what a person said of it, also when it could not be read in between', async () => {
    await drawPicture(at('a.jpg'), 1)
    await scan()
    await box.json(['tag', 'add', at('a.jpg'), 'grandmother'])
    await box.json(['tag', 'remove', at('a.jpg'), 'black-and-white'])
    const before = await show('a.jpg')
    await writeFile(at('a.jpg'), '')
    expect((await scan()).roots).toMatchObject([{changed: 1}])
    await drawPicture(at('a.jpg'), 2)
    await scan()
    const after = await show('a.jpg')
    expect(after.content?.identity).not.toBe(before.content?.identity)
    expect(after.tags.filter(tag => tag.source === 'manual').map(tag => tag.name)).toEqual(['grandmother'])
    expect(after.tags.map(tag => tag.name)).not.toContain('black-and-white')
    const {hits} = await box.json<{hits: HitJson[]}>(['search', '--lexical', 'grandmother'])
    expect(hits.map(hit => hit.path)).toEqual([at('a.jpg')])
  })

  test('takes nothing over where another known picture takes its place', async () => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('b.jpg'), 2)
    await scan()
    await box.json(['tag', 'add', at('a.jpg'), 'grandmother'])
    await rename(at('b.jpg'), at('a.jpg'))
    await scan()
    expect((await show('a.jpg')).tags.map(tag => tag.name)).not.toContain('grandmother')
  })
})
