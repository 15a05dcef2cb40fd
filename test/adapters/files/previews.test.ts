import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {openPreviewStore} from '../../../dist/adapters/files/previews.js'
import {tempFolder} from './temp-folder.js'

const IDENTITY = '0123456789abcdef0123456789abcdef'

describe('preview store', () => {
  it('keeps previews in a folder a content', async () => {
    const cache = tempFolder()
    const store = openPreviewStore(cache)
    const folder = join(cache, 'previews/01', IDENTITY)
    expect(store.pathOf(IDENTITY, 'thumbnail')).toBe(join(folder, 'thumbnail.webp'))
    expect(store.pathOf(IDENTITY, {atMs: 1500})).toBe(join(folder, '1500.jpg'))
  })

  it('writes whole files and leaves nothing else behind', async () => {
    const store = openPreviewStore(join(tempFolder(), 'not/yet/there'))
    const path = store.pathOf(IDENTITY, 'thumbnail')
    expect(await store.has(path)).toBe(false)
    await Promise.all(Array.from({length: 8}, (_, n) => store.write(path, new Uint8Array(1000 + n).fill(n))))
    expect(await store.has(path)).toBe(true)
    expect(readdirSync(dirname(path))).toEqual(['thumbnail.webp'])
    const bytes = readFileSync(path)
    expect(bytes).toEqual(Buffer.alloc(bytes.length, bytes.length - 1000))
  })

  it('does not count an empty file, which a power cut may leave', async () => {
    const store = openPreviewStore(tempFolder())
    const path = store.pathOf(IDENTITY, {atMs: 0})
    await store.prepare(path)
    expect(statSync(dirname(path)).isDirectory()).toBe(true)
    writeFileSync(path, '')
    expect(await store.has(path)).toBe(false)
  })

  it('says which folder cannot be written', async () => {
    const cache = join(tempFolder({file: 'in the way'}), 'file')
    const store = openPreviewStore(cache)
    const path = store.pathOf(IDENTITY, 'thumbnail')
    const refusal = {code: 'LIBRARY_READ_ONLY', message: expect.stringContaining(cache)}
    await expect(store.write(path, new Uint8Array(1))).rejects.toMatchObject(refusal)
    await expect(store.prepare(path)).rejects.toMatchObject(refusal)
  })
})
