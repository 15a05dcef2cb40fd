import {appendFile, copyFile, link, mkdir, readFile, rename, rm, stat, symlink, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {NOTHING_DONE, type ErrorJson, type FileJson, type HitJson, type ScanJson, type WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'
import {seenOf} from '../support/seen.js'

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
const scan = (...args: string[]): Promise<ScanJson> => box.json<ScanJson>(['scan', box.media, ...args])
const show = (name: string): Promise<FileJson> => box.json<FileJson>(['show', at(name)])

describe('finding files', () => {
  test('goes by their content, whatever they are called, and passes over what is no media', async () => {
    await drawPicture(at('a.jpg'), 1)
    await rename(at('a.jpg'), at('letter.txt'))
    await writeFile(at('notes.jpg.txt'), 'milk, bread')
    const {roots} = await scan('--queue-only')
    expect(roots).toMatchObject([{files: 2, added: 2, state: 'scanned'}])
    expect(await box.json(['jobs'])).toMatchObject({counts: {inspect: {queued: 1}}})
    expect((await box.json<WorkJson>(['work', '--kind', 'inspect'])).done.inspect).toBe(1)
    expect(await show('letter.txt')).toMatchObject({content: {format: {kind: 'photo', format: 'jpeg'}, facts: {width: 96}}})
    expect(await show('notes.jpg.txt')).toMatchObject({content: null})
  })

  test('follows .mediaforgeignore and --ignore, and takes hidden files only where asked', async () => {
    for (const [i, name] of ['keep.jpg', 'drafts/a.jpg', 'b.tmp.jpg', '.hidden.jpg', '.secret/c.jpg'].entries()) {
      await drawPicture(at(name), i)
    }
    await writeFile(at('.mediaforgeignore'), 'drafts/\n')
    expect((await scan('--queue-only', '--ignore', '*.tmp.jpg')).roots).toMatchObject([{files: 1, added: 1}])
    const {roots} = await scan('--queue-only', '--hidden', '--ignore', '*.tmp.jpg')
    // The rules themselves are a hidden file, too.
    expect(roots).toMatchObject([{files: 4, added: 3, unchanged: 1}])
  })

  test('ends where links lead in circles', async () => {
    await drawPicture(at('year/a.jpg'), 1)
    await symlink('..', at('year/up'))
    const {roots} = await scan('--queue-only')
    expect(roots).toMatchObject([{added: 1}])
  })

  test('takes single files and several folders', async () => {
    await drawPicture(at('one/a.jpg'), 1)
    await drawPicture(at('two/b.jpg'), 2)
    await drawPicture(at('two/c.jpg'), 3)
    const {roots} = await box.json<ScanJson>(['scan', at('one'), at('two/b.jpg'), '--queue-only'])
    expect(roots.map(root => root.added)).toEqual([1, 1])
  })
})

describe('scanning again', () => {
  test('opens nothing and changes nothing where nothing changed', async () => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('b.jpg'), 2)
    const first = await scan()
    expect(first.work).toMatchObject({done: {inspect: 2, embed: 2, tag: 2}, failures: []})
    const before = await seenOf(box, [at('a.jpg'), at('b.jpg')])
    const second = await scan()
    expect(second.roots).toMatchObject([{files: 2, added: 0, changed: 0, unchanged: 2, missing: 0}])
    expect(second.work?.done).toEqual(NOTHING_DONE)
    expect(await seenOf(box, [at('a.jpg'), at('b.jpg')])).toEqual(before)
  })

  test('knows moved, renamed and copied files by their content, and keeps their tags without work', async () => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('b.jpg'), 2)
    await drawPicture(at('c.jpg'), 3)
    await scan()
    for (const name of ['a', 'b', 'c']) await box.json(['tag', 'add', at(`${name}.jpg`), `mine ${name}`])
    await mkdir(at('2019'))
    await rename(at('a.jpg'), at('2019/a.jpg'))
    await rename(at('b.jpg'), at('renamed.jpg'))
    await copyFile(at('c.jpg'), at('copy.jpg'))
    const {roots, work} = await scan()
    expect(roots).toMatchObject([{added: 1, moved: 2, missing: 0}])
    expect(work?.done).toEqual({...NOTHING_DONE, inspect: 1})
    for (const [name, tag] of Object.entries({'2019/a.jpg': 'mine a', 'renamed.jpg': 'mine b', 'copy.jpg': 'mine c'})) {
      expect((await show(name)).tags[0]).toEqual({name: tag, source: 'manual', confidence: 1})
    }
  })

  test('tells a moved file from another one that has its inode, size and time', async () => {
    await drawPicture(at('a.jpg'), 1)
    await appendFile(at('a.jpg'), '1')
    await scan()
    const before = await show('a.jpg')
    const {mtime} = await stat(at('a.jpg'))
    await rename(at('a.jpg'), at('b.jpg'))
    await writeFile(at('b.jpg'), Buffer.concat([(await readFile(at('b.jpg'))).subarray(0, -1), Buffer.from('2')]))
    await utimes(at('b.jpg'), mtime, mtime)
    expect((await scan()).work?.done).toMatchObject({inspect: 1, embed: 1})
    expect((await show('b.jpg')).content?.identity).not.toBe(before.content?.identity)
    expect(await show('a.jpg')).toMatchObject({location: {state: 'missing'}, content: {identity: before.content?.identity}})
  })

  test('knows a further name of a file, and files that swapped their names', async () => {
    for (const name of ['a', 'b']) await drawPicture(at(`${name}.jpg`), name.charCodeAt(0))
    await scan()
    const [a, b] = [await show('a.jpg'), await show('b.jpg')]
    await link(at('a.jpg'), at('linked.jpg'))
    await drawPicture(at('twice.jpg'), 3)
    await scan()
    await link(at('twice.jpg'), at('once.jpg'))
    await rename(at('twice.jpg'), at('twofold.jpg'))
    await rename(at('b.jpg'), at('c.jpg'))
    await rename(at('a.jpg'), at('b.jpg'))
    await rename(at('c.jpg'), at('a.jpg'))
    const {roots, work} = await scan()
    expect(roots).toMatchObject([{state: 'scanned', files: 5, added: 1, moved: 1, missing: 0}])
    expect(work?.done).toMatchObject({embed: 0, tag: 0})
    for (const [name, {content}] of Object.entries({'linked.jpg': a, 'b.jpg': a, 'a.jpg': b})) {
      expect(await show(name)).toMatchObject({location: {state: 'present'}, content: {identity: content?.identity}})
    }
    for (const name of ['once.jpg', 'twofold.jpg']) expect(await show(name)).toMatchObject({location: {state: 'present'}})
  })

  test('looks anew at a file whose content changed', async () => {
    await drawPicture(at('a.jpg'), 1)
    await scan()
    const before = await show('a.jpg')
    await drawPicture(at('a.jpg'), 99)
    await utimes(at('a.jpg'), 2_000_000_000, 2_000_000_000)
    const {roots, work} = await scan()
    expect(roots).toMatchObject([{changed: 1, added: 0}])
    expect(work?.done).toMatchObject({inspect: 1, embed: 1})
    expect((await show('a.jpg')).content?.identity).not.toBe(before.content?.identity)
  })
})

describe('what was known', () => {
  test('and is left out by a rule now is neither lost nor offline, and no longer found', async () => {
    for (let i = 0; i < 15; i++) await drawPicture(at(`private/${i}.jpg`), i)
    await drawPicture(at('a.jpg'), 99)
    await scan()
    await writeFile(at('.mediaforgeignore'), 'private/\n')
    expect((await box.run(['scan', box.media])).exitCode).toBe(0)
    expect(await box.json(['search', '--lexical', 'private'])).toMatchObject({hits: []})
    await rm(at('.mediaforgeignore'))
    expect((await scan()).work?.done).toEqual(NOTHING_DONE)
    expect((await box.json<{hits: HitJson[]}>(['search', '--lexical', 'private'])).hits).toHaveLength(15)
  })

  test('by a name that is gone is no longer found by it', async () => {
    await drawPicture(at('wedding.jpg'), 1)
    await copyFile(at('wedding.jpg'), at('other.jpg'))
    await scan()
    await rm(at('wedding.jpg'))
    await scan()
    expect(await box.json(['search', '--lexical', 'wedding'])).toMatchObject({hits: []})
    expect((await box.call(['search', '--lexical', '--paths', 'other'])).stdout).toBe(`${at('other.jpg')}\n`)
  })

  test('is compared in full where two large files share their samples', async () => {
    const sound = (middle: number): Buffer => {
      const seconds = 60
      const bytes = Buffer.alloc(44 + seconds * 88_200, 0)
      bytes.write('RIFF', 0)
      bytes.writeUInt32LE(bytes.length - 8, 4)
      bytes.write('WAVEfmt ', 8)
      bytes.writeUInt32LE(16, 16)
      bytes.writeUInt16LE(1, 20)
      bytes.writeUInt16LE(1, 22)
      bytes.writeUInt32LE(44_100, 24)
      bytes.writeUInt32LE(88_200, 28)
      bytes.writeUInt16LE(2, 32)
      bytes.writeUInt16LE(16, 34)
      bytes.write('data', 36)
      bytes.writeUInt32LE(bytes.length - 44, 40)
      bytes[400_001] = middle
      return bytes
    }
    for (const [name, middle] of Object.entries({'one.wav': 1, 'two.wav': 2, 'copy of one.wav': 1}))
      await writeFile(at(name), sound(middle))
    await scan()
    const [one, two, copy] = await Promise.all(['one.wav', 'two.wav', 'copy of one.wav'].map(show))
    expect(copy?.content?.identity).toBe(one?.content?.identity)
    expect(two?.content?.identity).not.toBe(one?.content?.identity)

    // Alone it stays what it was, also when it is looked at again for a reason that is not in it.
    for (const name of ['one.wav', 'copy of one.wav']) await rm(at(name))
    await writeFile(at('two.wav.json'), '{"title": "two.wav", "photoTakenTime": {"timestamp": "1500000000"}}')
    expect((await scan()).work).toMatchObject({done: {inspect: 1}, failures: []})
    expect((await show('two.wav')).content?.identity).toBe(two?.content?.identity)
  })
})

describe('a folder that is gone', () => {
  test('is offline: nothing is forgotten, exit 3 says so, and it comes back without work', async () => {
    await drawPicture(at('a.jpg'), 1)
    await scan()
    await box.json(['tag', 'add', at('a.jpg'), 'grandmother'])
    await rename(box.media, `${box.media}-away`)
    const away = await box.run(['scan', box.media])
    expect(away.exitCode).toBe(3)
    expect(away.stdout).toContain('offline')
    const {hits} = await box.json<{hits: HitJson[]}>(['search', '--lexical', 'grandmother'])
    expect(hits).toMatchObject([{path: at('a.jpg')}])

    await rename(`${box.media}-away`, box.media)
    const {roots, work} = await scan()
    expect(roots).toMatchObject([{state: 'scanned', unchanged: 1, missing: 0}])
    expect(work?.done).toEqual(NOTHING_DONE)
    expect((await show('a.jpg')).location.state).toBe('present')
  })

  test('is offline where it is an empty mount point, and for as long as it is one', async () => {
    await drawPicture(at('a.jpg'), 1)
    await scan('--queue-only')
    await rm(at('a.jpg'))
    for (const message of ['1 of 1 known files are not there', '1 known files are still not there']) {
      const empty = await box.run(['scan', box.media, '--queue-only'])
      expect(empty).toMatchObject({exitCode: 3, stdout: expect.stringContaining('offline') as string})
      expect(empty.stdout + empty.stderr).toContain(message)
      expect((await show('a.jpg')).location.state).toBe('offline')
    }
  })

  test('is offline, too, where it goes before its files were looked at', async () => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('b.jpg'), 2)
    await drawPicture(at('disk/c.jpg'), 3)
    await box.json(['scan', at('disk'), '--queue-only'])
    await scan('--queue-only')
    await rename(at('disk'), `${box.media}-disk`)
    await box.json(['work', '--kind', 'inspect'])
    expect((await show('disk/c.jpg')).location.state).toBe('offline')
    expect((await show('a.jpg')).location.state).toBe('present')
    await rename(`${box.media}-disk`, at('disk'))

    await drawPicture(at('d.jpg'), 4)
    await drawPicture(at('e.jpg'), 5)
    await scan('--queue-only')
    await rename(box.media, `${box.media}-away`)
    await box.json(['work', '--kind', 'inspect'])
    for (const name of ['d.jpg', 'e.jpg']) expect((await show(name)).location.state).toBe('offline')
    await rename(`${box.media}-away`, box.media)
    expect((await scan()).work?.done.inspect).toBe(3)
  })

  test('is no disk that went away where all of it was renamed before it was looked at', async () => {
    await drawPicture(at('before/a.jpg'), 1)
    await scan('--queue-only')
    await rename(at('before'), at('after'))
    await box.json(['work'])
    expect((await show('before/a.jpg')).location.state).toBe('missing')
    await scan()
    expect((await show('after/a.jpg')).location.state).toBe('present')
  })

  test('is offline where it was scanned by itself and lies in a larger one, of which it is a small part', async () => {
    for (let i = 0; i < 5; i++) await drawPicture(at(`${i}.jpg`), i)
    await drawPicture(at('disk/a.jpg'), 6)
    await box.run(['scan', at('disk'), '--queue-only'])
    await scan('--queue-only')
    await rm(at('disk/a.jpg'))
    await rm(at('4.jpg'))
    const {roots} = await scan('--queue-only')
    expect(roots).toMatchObject([{state: 'scanned', missing: 2, problems: [{path: at('disk'), code: 'ROOT_OFFLINE'}]}])
    expect((await show('disk/a.jpg')).location.state).toBe('offline')
    expect((await show('4.jpg')).location.state).toBe('missing')
  })
})

describe('what a scan says', () => {
  test('is a summary on stdout, no control characters elsewhere, and nothing with --quiet', async () => {
    await drawPicture(at('a.jpg'), 1)
    const loud = await box.run(['scan', box.media])
    expect(loud).toMatchObject({exitCode: 0})
    expect(loud.stdout).toContain('1 file, 1 new')
    // No cursor control off a terminal.
    expect(loud.stderr).not.toMatch(/\x1b/)
    expect(await box.run(['scan', box.media, '--quiet'])).toEqual({exitCode: 0, stdout: '', stderr: ''})
  })

  test('refuses a folder that was never there', async () => {
    const error = await box.json<ErrorJson>(['scan', at('nowhere')])
    expect(error).toMatchObject({error: {code: 'USAGE', exitCode: 2}})
    expect(error.error.message).toContain('nowhere')
  })
})
