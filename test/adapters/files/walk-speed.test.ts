import {mkdirSync, readdirSync, statSync, writeFileSync} from 'node:fs'
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

function bareWalk(folder: string): number {
  let files = 0
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) files += bareWalk(path)
    else if (statSync(path).isFile()) files++
  }
  return files
}

async function countFiles(root: string, signal?: AbortSignal): Promise<number> {
  let files = 0
  for await (const listing of walk(root, signal === undefined ? {} : {signal})) files += listing.files.length
  return files
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

describe('speed of the walk', () => {
  it('costs little more than a bare synchronous readdir and stat of 20,000 files', async () => {
    const root = tempFolder()
    fill(root, 200, 100)
    const bare: number[] = []
    const ours: number[] = []
    for (let round = 0; round < 9; round++) {
      let from = performance.now()
      expect(bareWalk(root)).toBe(20_000)
      bare.push(performance.now() - from)
      from = performance.now()
      expect(await countFiles(root)).toBe(20_000)
      ours.push(performance.now() - from)
    }
    // Measured 1.0; the slack is for a busy machine.
    expect(median(ours) / median(bare)).toBeLessThan(2)
  })

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
      let abortedAt = Number.POSITIVE_INFINITY
      setTimeout(() => {
        abortedAt = performance.now()
        abort.abort()
      }, afterMs)
      const end = await countFiles(root, abort.signal).catch((error: {code: string}) => error.code)
      if (end === 30_000) continue
      expect(end).toBe('CANCELLED')
      expect(performance.now() - abortedAt).toBeLessThan(250)
    }
    await expect(countFiles(root, AbortSignal.abort())).rejects.toMatchObject({code: 'CANCELLED'})
  })
})
