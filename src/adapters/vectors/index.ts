import type {VectorIndex, VectorIndexConfig} from '../../domain/ports/vector-index.js'
import type {Registry} from '../../domain/registry.js'

/** The vector indexes there are. The composition root chooses by size, unless the configuration names one. */
export const vectorIndexes = {
  flat: {
    summary: 'exact: looks at every vector, in memory',
    load: async () => {
      const {openFlatIndex} = await import('./flat.js')
      return {open: config => Promise.resolve(openFlatIndex(config))}
    },
  },
  hnsw: {
    summary: 'approximate: a graph of neighbours (hnswlib), kept in a file',
    load: async () => {
      const {openHnswIndex} = await import('./hnsw.js')
      return {open: openHnswIndex}
    },
  },
} satisfies Registry<string, VectorIndex, VectorIndexConfig>
