import {mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {vectorIndexes} from '../../../dist/adapters/vectors/index.js'
import type {VectorBatch, VectorIndex} from '../../../dist/domain/ports/vector-index.js'
import {dot, normalise} from '../../../dist/domain/vectors.js'

const DIMENSION = 32

/** Mulberry32: the same vectors in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Unit vectors around a few centres, as pictures of a few subjects are; ids 1, 2, 3 … */
function clustered(count: number, seed: number): {batch: VectorBatch; rows: Float32Array[]} {
  const next = random(seed)
  const around = (centre: Float32Array | null, spread: number): Float32Array =>
    normalise(Float32Array.from({length: DIMENSION}, (_, i) => (centre?.[i] ?? 0) + (next() - 0.5) * spread))
  const centres = Array.from({length: 20}, () => around(null, 1))
  const rows = Array.from({length: count}, (_, i) => around(centres[i % centres.length] ?? null, 0.5))
  const data = new Float32Array(count * DIMENSION)
  for (const [i, row] of rows.entries()) data.set(row, i * DIMENSION)
  return {batch: {ids: Int32Array.from(rows, (_, i) => i + 1), data}, rows}
}

function exact(rows: Float32Array[], query: Float32Array, limit: number): number[] {
  return rows
    .map((row, i) => ({id: i + 1, similarity: dot(row, query)}))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, limit)
    .map(({id}) => id)
}

describe.each(Object.entries(vectorIndexes))('the %s index', (name, entry) => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mediaforge-index-'))
    path = join(folder, 'test.index')
  })
  afterEach(() => rm(folder, {recursive: true, force: true}))

  const open = async (dimension = DIMENSION, capacity = 100, maxId = Number.MAX_SAFE_INTEGER): Promise<VectorIndex> =>
    (await entry.load()).open({dimension, capacity, path, maxId})

  test('finds nothing while it is empty', async () => {
    await using index = await open()
    expect([index.size, index.mark]).toEqual([0, 0])
    expect(await index.search(new Float32Array(DIMENSION), 5)).toEqual([])
  })

  test('gives neighbours in falling similarity, with the inner product', async () => {
    const {batch, rows} = clustered(50, 1)
    await using index = await open()
    await index.add(batch)
    const query = rows[7] as Float32Array
    const found = await index.search(query, 5)
    expect(found.map(({id}) => id)).toEqual(exact(rows, query, 5))
    expect(found[0]?.id).toBe(8)
    for (const {id, similarity} of found) expect(similarity).toBeCloseTo(dot(query, rows[id - 1] as Float32Array), 4)
  })

  test('gives all it has where more is asked for', async () => {
    const {batch, rows} = clustered(7, 2)
    await using index = await open()
    await index.add(batch)
    expect(await index.search(rows[0] as Float32Array, 100)).toHaveLength(7)
  })

  test('takes in batches beyond its expected size, and knows its mark', async () => {
    const {batch, rows} = clustered(300, 3)
    await using index = await open()
    for (let i = 0; i < 300; i += 100) {
      await index.add({ids: batch.ids.slice(i, i + 100), data: batch.data.slice(i * DIMENSION, (i + 100) * DIMENSION)})
    }
    expect([index.size, index.mark]).toEqual([300, 300])
    expect((await index.search(rows[250] as Float32Array, 1))[0]?.id).toBe(251)
  })

  test('finds the few that a filter lets pass, however far away they are', async () => {
    const {batch, rows} = clustered(3000, 4)
    await using index = await open(DIMENSION, 3000)
    await index.add(batch)
    const accepted = new Set([11, 1500, 2999])
    const found = await index.search(rows[0] as Float32Array, 10, {accept: id => accepted.has(id)})
    expect(found.map(({id}) => id).sort((a, b) => a - b)).toEqual([11, 1500, 2999])
  })

  test('forgets what it kept of a later state of the library', async () => {
    const {batch} = clustered(50, 6)
    {
      await using index = await open()
      await index.add(batch)
      await index.save()
    }
    await using restored = await open(DIMENSION, 40, 40)
    expect(restored.mark).toBe(0)
  })

  test('finds at least 98 of 100 true neighbours', async () => {
    const {batch, rows} = clustered(5000, 5)
    await using index = await open(DIMENSION, 5000)
    await index.add(batch)
    const queries = clustered(50, 6).rows
    let right = 0
    for (const query of queries) {
      const truth = new Set(exact(rows, query, 10))
      right += (await index.search(query, 10)).filter(({id}) => truth.has(id)).length
    }
    expect(right / (queries.length * 10)).toBeGreaterThanOrEqual(0.98)
  })

  test('answers as before after it was saved and opened again, whether from its file or filled anew', async () => {
    const {batch, rows} = clustered(200, 7)
    const query = rows[3] as Float32Array
    const first = await open()
    await first.add(batch)
    const before = await first.search(query, 5)
    await first.save()
    await first[Symbol.asyncDispose]()
    await using second = await open(DIMENSION, 200)
    if (second.mark === 0) await second.add(batch)
    expect(second.size).toBe(200)
    expect((await second.search(query, 5)).map(({id}) => id)).toEqual(before.map(({id}) => id))
  })

  test.each([
    ['garbage', async () => writeFile(path, 'x'.repeat(10_000))],
    ['a truncated file', async () => truncate(path, 1000)],
    ['garbage beside it', async () => writeFile(`${path}.json`, '{"size": 12')],
    [
      'one flipped byte',
      async () => {
        const bytes = await readFile(path)
        bytes.writeUInt8(bytes.readUInt8(500) ^ 0xff, 500)
        await writeFile(path, bytes)
      },
    ],
  ])('starts empty over %s', async (_, spoil) => {
    const {batch, rows} = clustered(200, 8)
    const first = await open()
    await first.add(batch)
    await first.save()
    await first[Symbol.asyncDispose]()
    if (name === 'hnsw') await spoil()
    await using second = await open(DIMENSION, 200)
    expect([second.size, second.mark]).toEqual([0, 0])
    await second.add(batch)
    expect((await second.search(rows[9] as Float32Array, 1))[0]?.id).toBe(10)
  })

  test('starts empty where its file is of another dimension, or holds mostly what is gone', async () => {
    const {batch} = clustered(200, 9)
    const first = await open(DIMENSION, 200)
    await first.add(batch)
    await first.save()
    await first[Symbol.asyncDispose]()
    await using wider = await open(DIMENSION * 2, 200)
    expect(wider.size).toBe(0)
    await using smaller = await open(DIMENSION, 20)
    expect(smaller.size).toBe(0)
  })

  test.runIf(name === 'hnsw')(
    'clears away what a writer that was killed left behind, and nothing that is being written',
    async () => {
      const {batch} = clustered(20, 11)
      const [old, young] = [`${path}.4711.part`, `${path}.4712.part.json`]
      for (const left of [old, young]) await writeFile(left, 'half')
      await utimes(old, 1000, 1000)
      await using index = await open()
      await index.add(batch)
      await index.save()
      expect((await readdir(dirname(path))).sort()).toEqual([path, `${path}.json`, young].map(file => basename(file)).sort())
    },
  )

  test('stops where it was cancelled', async () => {
    const signal = AbortSignal.abort()
    const {batch, rows} = clustered(2000, 10)
    await using index = await open()
    await expect(index.search(rows[0] as Float32Array, 5, {signal})).rejects.toThrow(
      expect.objectContaining({code: 'CANCELLED'}) as Error,
    )
    await expect(index.add(batch, {signal})).rejects.toThrow(expect.objectContaining({code: 'CANCELLED'}) as Error)
  })
})
