import type {HierarchicalNSW} from 'hnswlib-node'
import {throwIfCancelled} from '../../domain/errors.js'
import type {VectorBatch, VectorIndex, VectorIndexConfig} from '../../domain/ports/vector-index.js'
import {readIndexFile, writeIndexFile} from './index-file.js'

/** Malkov and Yashunin 2016, arXiv 1603.09320: links a node, and how widely it is looked around when one is added. */
const M = 16
const EF_CONSTRUCTION = 200
/** Texts lie apart from pictures in a space, and such queries need a wide look: at 64 the recall at 10 was 0.94, at 200 above 0.98. */
const LEAST_EF = 200
/** Adding is synchronous: this is how long the event loop may wait. */
const BREATH_MS = 8
/** A file with many more vectors than the library has holds mostly what was replaced: it is built anew. */
const STALE = 1.25

/** A graph of neighbours, kept in a file. What is in the file and fits is taken over, anything else is built anew. */
export async function openHnswIndex({dimension, path, capacity, maxId}: VectorIndexConfig): Promise<VectorIndex> {
  const {default: hnswlib} = await import('hnswlib-node')
  const graph: HierarchicalNSW = new hnswlib.HierarchicalNSW('ip', dimension)
  const kept = await readIndexFile(path, graph, dimension)
  const isUsable = kept !== null && kept.mark <= maxId && kept.size <= Math.max(16, capacity * STALE)
  let index = graph
  let mark = isUsable ? kept.mark : 0
  if (!isUsable) {
    index = new hnswlib.HierarchicalNSW('ip', dimension)
    index.initIndex(Math.max(16, capacity), M, EF_CONSTRUCTION, 1, false)
  }

  return {
    dimension,
    kept: true,
    get size() {
      return index.getCurrentCount()
    },
    get mark() {
      return mark
    },

    async add({ids, data}: VectorBatch, {signal} = {}) {
      const wanted = index.getCurrentCount() + ids.length
      if (wanted > index.getMaxElements()) index.resizeIndex(Math.max(wanted, index.getMaxElements() * 2))
      let lastBreath = performance.now()
      for (const [i, id] of ids.entries()) {
        index.addPoint([...data.subarray(i * dimension, (i + 1) * dimension)], id)
        mark = Math.max(mark, id)
        if (performance.now() - lastBreath < BREATH_MS) continue
        throwIfCancelled(signal)
        await new Promise(resolve => setImmediate(resolve))
        lastBreath = performance.now()
      }
    },

    async search(query, limit, {accept, signal} = {}) {
      throwIfCancelled(signal)
      const size = index.getCurrentCount()
      const wanted = Math.min(limit, size)
      if (wanted === 0) return []
      index.setEf(Math.min(size, Math.max(LEAST_EF, 2 * limit)))
      const point = [...query]
      let found = index.searchKnn(point, wanted, accept)
      // A narrow filter starves the walk through the graph: with the widest look it sees every node that can be reached.
      if (accept !== undefined && found.neighbors.length < wanted) {
        index.setEf(size)
        found = index.searchKnn(point, wanted, accept)
      }
      return found.neighbors
        .map((id, i) => ({id, similarity: 1 - (found.distances[i] as number)}))
        .sort((a, b) => b.similarity - a.similarity || a.id - b.id)
    },

    save: () => writeIndexFile(path, index, {dimension, size: index.getCurrentCount(), mark}),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
