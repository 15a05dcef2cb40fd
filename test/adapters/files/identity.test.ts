import {closeSync, openSync, statSync, truncateSync, writeFileSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {openFileSystem} from '../../../dist/adapters/files/file-system.js'
import {tempFolder} from './temp-folder.js'

const {identify, identifyMany, hashWhole, stat} = openFileSystem()
const MIB = 1024 * 1024

/** Bytes that differ from place to place. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at)
  return bytes
}

function poke(path: string, at: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, '!', at)
  closeSync(file)
}

describe('identify', () => {
  it('is the XXH3-128 of a small file', async () => {
    const root = tempFolder({empty: '', text: 'a', copy: 'a', other: 'b'})
    expect(await identify(join(root, 'empty'), 0)).toBe('99aa06d3014798d86001c324468d497f')
    expect(await identify(join(root, 'text'), 1)).toBe('a96faf705af16834e6c632b61e964e1f')
    expect(await identify(join(root, 'copy'), 1)).toBe(await identify(join(root, 'text'), 1))
    expect(await identify(join(root, 'other'), 1)).not.toBe(await identify(join(root, 'text'), 1))
  })

  it('sees every byte up to 1 MiB, and head, tail and size above', async () => {
    for (const size of [MIB, MIB + 1, 5 * MIB]) {
      const path = join(tempFolder({file: pattern(size)}), 'file')
      const seen = new Set([await identify(path, size)])
      for (const at of [0, size - 1, ...(size === MIB ? [500_001] : [100_000, size - 100_000])]) {
        poke(path, at)
        seen.add(await identify(path, size))
      }
      truncateSync(path, size + 1)
      seen.add(await identify(path, size + 1))
      expect(seen.size).toBe(size === MIB ? 5 : 6)
    }
  })

  it('takes milliseconds for a sparse file of 10 GB', async () => {
    const path = join(tempFolder({sparse: 'head'}), 'sparse')
    truncateSync(path, 10 * 1024 * MIB)
    const from = performance.now()
    const identity = await identify(path, 10 * 1024 * MIB)
    expect(performance.now() - from).toBeLessThan(500)
    truncateSync(path, 10 * 1024 * MIB + 1)
    expect(await identify(path, 10 * 1024 * MIB + 1)).not.toBe(identity)
  })

  it('refuses a file that is gone or no longer of the size it had', async () => {
    const root = tempFolder({file: 'text'})
    await expect(identify(join(root, 'gone'), 4)).rejects.toMatchObject({code: 'FILE_VANISHED'})
    for (const size of [3, 5, 2 * MIB]) {
      await expect(identify(join(root, 'file'), size)).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining('changed'),
      })
    }
    await expect(identify(root, statSync(root).size)).rejects.toMatchObject({code: 'FILE_UNREADABLE'})
  })

  it('refuses a file that is cut short while it is read', async () => {
    const path = join(tempFolder({sparse: ''}), 'sparse')
    truncateSync(path, 10 * 1024 * MIB)
    setTimeout(() => truncateSync(path, 100), 30)
    await expect(hashWhole(path)).rejects.toMatchObject({code: 'FILE_UNREADABLE', message: expect.stringContaining('changed')})
  })
})

describe('identifyMany', () => {
  // So many that they are read in another thread, and a few that are not.
  it.each([3, 700])('tells the identities of %i files in their order, and null for what is gone or has changed', async count => {
    const contents = Object.fromEntries(Array.from({length: count}, (_, i) => [`${i}`, `file ${i}`]))
    const root = tempFolder(contents)
    const files = Object.entries(contents).map(([name, text]) => ({path: join(root, name), sizeBytes: text.length}))
    const expected = await Promise.all(files.map(({path, sizeBytes}) => identify(path, sizeBytes)))
    const odd = [{path: join(root, 'gone'), sizeBytes: 1}, ...files, {path: join(root, '0'), sizeBytes: 1}]
    expect(await identifyMany(odd)).toEqual([null, ...expected, null])
  })

  it.each([30, 700])('stops between the reading of %i files', async count => {
    const files = Array.from({length: count}, (_, i) => ({path: `/nowhere/${i}`, sizeBytes: 1}))
    const abort = new AbortController()
    const reading = identifyMany(files, {signal: abort.signal})
    abort.abort()
    await expect(reading).rejects.toMatchObject({code: 'CANCELLED'})
    await expect(identifyMany(files, {signal: abort.signal})).rejects.toMatchObject({code: 'CANCELLED'})
  })
})

describe('hashWhole', () => {
  it('sees bytes that the identity does not', async () => {
    const size = 20 * MIB + 123
    const root = tempFolder({file: pattern(size), copy: pattern(size)})
    const [file, copy] = [join(root, 'file'), join(root, 'copy')]
    expect(await hashWhole(file)).toBe(await hashWhole(copy))
    poke(copy, 200 * 1024)
    expect(await identify(file, size)).toBe(await identify(copy, size))
    expect(await hashWhole(file)).not.toBe(await hashWhole(copy))
  })

  it('equals the identity of a small file', async () => {
    const root = tempFolder({empty: '', file: pattern(1000)})
    expect(await hashWhole(join(root, 'empty'))).toBe(await identify(join(root, 'empty'), 0))
    expect(await hashWhole(join(root, 'file'))).toBe(await identify(join(root, 'file'), 1000))
  })

  it('stops between two pieces on abort', async () => {
    const path = join(tempFolder({sparse: ''}), 'sparse')
    truncateSync(path, 10 * 1024 * MIB)
    const from = performance.now()
    await expect(hashWhole(path, {signal: AbortSignal.timeout(50)})).rejects.toMatchObject({code: 'CANCELLED'})
    expect(performance.now() - from).toBeLessThan(1000)
  })
})

describe('stat', () => {
  it('gives size and times of a file, and null for none and for a folder', async () => {
    const root = tempFolder({file: 'text'})
    const {mtimeMs, ino} = statSync(join(root, 'file'))
    expect(await stat(join(root, 'file'))).toEqual({path: join(root, 'file'), sizeBytes: 4, mtimeMs, inode: ino})
    expect(await stat(join(root, 'gone'))).toBeNull()
    expect(await stat(join(root, 'file/below'))).toBeNull()
    expect(await stat(root)).toBeNull()
    writeFileSync(join(root, 'file'), 'longer')
    expect((await stat(join(root, 'file')))?.sizeBytes).toBe(6)
  })
})
