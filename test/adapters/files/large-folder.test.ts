import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {openFileSystem} from '../../../dist/adapters/files/file-system.js'
import {tempFolder} from './temp-folder.js'

const {walk} = openFileSystem()

/** Fills `folders` folders with `files` empty files each. */
function fill(root: string, folders: number, files: number): void {
  for (let folder = 0; folder < folders; folder++) {
    mkdirSync(join(root, `${folder}`))
    for (let file = 0; file < files; file++) writeFileSync(join(root, `${folder}/IMG_${file}.jpg`), '')
  }
}

async function countFiles(root: string, signal?: AbortSignal): Promise<number> {
  let files = 0
  for await (const listing of walk(root, signal === undefined ? {} : {signal})) files += listing.files.length
  return files
}

describe('a large folder', () => {
  it('lets the event loop turn in a folder of 30,000 files, tells it in one listing, and stops soon after an abort', async () => {
    const root = tempFolder()
    fill(root, 1, 30_000)
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    expect(await countFiles(join(root, '0'))).toBe(30_000)
    expect(turns).toBeGreaterThan(3)
    clearInterval(timer)

    for (const afterMs of [0, 10, 40, 80]) {
      const abort = new AbortController()
      setTimeout(() => abort.abort(), afterMs)
      const end = await countFiles(root, abort.signal).catch((error: {code: string}) => error.code)
      if (end === 30_000) continue
      expect(end).toBe('CANCELLED')
    }
    await expect(countFiles(root, AbortSignal.abort())).rejects.toMatchObject({code: 'CANCELLED'})
  })
})
