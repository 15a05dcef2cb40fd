import {join} from 'node:path'
import {normalise} from '../../domain/vectors.js'
import type {VectorBatch, VectorIndex} from '../../domain/ports/vector-index.js'
import {vectorIndexes} from '../../adapters/vectors/index.js'
import {alone, compare, type BenchResult} from './measure.js'
import type {BenchContext} from './suites.js'
import {generator} from './random.js'

const VECTORS = 10_000
const DIMENSION = 512
const QUERIES = 50
const LIMIT = 20
/** Media come in clusters, a holiday, a cat: vectors without any would be harder than what is ever searched. */
const CLUSTERS = 200

/** The two vector indexes on the same vectors: how long a query takes, and how many of the true neighbours the graph finds. */
export async function* vectorFigures({folder, rounds, signal}: BenchContext): AsyncIterable<BenchResult> {
  const {batch, queries} = clusteredVectors(VECTORS, DIMENSION)
  await using flat = await filledIndex('flat', batch, folder)
  await using hnsw = await filledIndex('hnsw', batch, folder)
  const {value, peerValue, ratio} = await compare(
    rounds,
    () => searchAll(hnsw, queries),
    () => searchAll(flat, queries),
    signal,
  )
  yield alone('search.flat10k', peerValue / QUERIES, 'ms a query', rounds)
  const flatPeer = {peer: 'search.flat10k', peerValue: peerValue / QUERIES}
  yield {name: 'search.hnsw10k', value: value / QUERIES, unit: 'ms a query', ...flatPeer, ratio, rounds}
  yield alone('search.hnsw10kRecall', await recall(hnsw, flat, queries), `share of the true ${LIMIT}`, QUERIES)
}

async function filledIndex(kind: keyof typeof vectorIndexes, batch: VectorBatch, folder: string): Promise<VectorIndex> {
  const {open} = await vectorIndexes[kind].load()
  const index = await open({dimension: DIMENSION, capacity: VECTORS, maxId: VECTORS, path: join(folder, `vectors.${kind}`)})
  await index.add(batch)
  return index
}

async function searchAll(index: VectorIndex, queries: readonly Float32Array[]): Promise<void> {
  for (const query of queries) await index.search(query, LIMIT)
}

async function recall(index: VectorIndex, exact: VectorIndex, queries: readonly Float32Array[]): Promise<number> {
  let found = 0
  for (const query of queries) {
    const truth = new Set((await exact.search(query, LIMIT)).map(({id}) => id))
    found += (await index.search(query, LIMIT)).filter(({id}) => truth.has(id)).length
  }
  return found / (queries.length * LIMIT)
}

/** Random vectors in clusters, the same in every run, and questions near some of them. */
export function clusteredVectors(count: number, dimension: number): {batch: VectorBatch; queries: Float32Array[]} {
  const random = generator(1)
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const vector = (centre?: Float32Array): Float32Array =>
    normalise(Float32Array.from({length: dimension}, (_, i) => gauss() + 2 * (centre?.[i] ?? 0) * Math.sqrt(dimension)))
  const centres = Array.from({length: CLUSTERS}, () => vector())
  const data = new Float32Array(count * dimension)
  for (let i = 0; i < count; i++) data.set(vector(centres[i % CLUSTERS]), i * dimension)
  return {
    batch: {ids: Int32Array.from({length: count}, (_, i) => i + 1), data},
    queries: Array.from({length: QUERIES}, (_, i) => vector(centres[i])),
  }
}
