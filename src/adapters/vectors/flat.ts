import {throwIfCancelled} from '../../domain/errors.js'
import type {VectorBatch, VectorIndex, VectorIndexConfig} from '../../domain/ports/vector-index.js'
import {BestNeighbours} from './best.js'

/** Looks at every vector: exact, about 1 ms a thousand vectors of 512. Lives in memory and is filled from the library each time. */
export function openFlatIndex({dimension, capacity}: VectorIndexConfig): VectorIndex {
  let ids = new Int32Array(Math.max(16, capacity))
  let rows = new Float32Array(ids.length * dimension)
  let size = 0
  let mark = 0

  function reserve(wanted: number): void {
    if (wanted <= ids.length) return
    const length = Math.max(wanted, ids.length * 2)
    const [oldIds, oldRows] = [ids, rows]
    ids = new Int32Array(length)
    ids.set(oldIds)
    rows = new Float32Array(length * dimension)
    rows.set(oldRows)
  }

  return {
    dimension,
    kept: false,
    get size() {
      return size
    },
    get mark() {
      return mark
    },

    async add(batch: VectorBatch, {signal} = {}) {
      throwIfCancelled(signal)
      reserve(size + batch.ids.length)
      ids.set(batch.ids, size)
      rows.set(batch.data, size * dimension)
      size += batch.ids.length
      for (const id of batch.ids) mark = Math.max(mark, id)
    },

    async search(query, limit, {accept, signal} = {}) {
      throwIfCancelled(signal)
      const best = new BestNeighbours(limit)
      for (let i = 0; i < size; i++) {
        const id = ids[i] as number
        if (accept === undefined || accept(id)) best.offer(id, innerProduct(query, rows, i * dimension))
      }
      return best.sorted()
    },

    save: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** Four sums side by side: one alone would wait for itself at every step. */
function innerProduct(query: Float32Array, rows: Float32Array, from: number): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  const whole = query.length & ~3
  let i = 0
  for (; i < whole; i += 4) {
    a += (query[i] as number) * (rows[from + i] as number)
    b += (query[i + 1] as number) * (rows[from + i + 1] as number)
    c += (query[i + 2] as number) * (rows[from + i + 2] as number)
    d += (query[i + 3] as number) * (rows[from + i + 3] as number)
  }
  for (; i < query.length; i++) a += (query[i] as number) * (rows[from + i] as number)
  return a + b + c + d
}
