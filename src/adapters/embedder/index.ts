import type {Embedder} from '../../domain/ports/embedder.js'
import type {Registry} from '../../domain/registry.js'

/** The embedders there are. Each opens cheaply; its model is loaded by the first call that needs it. */
export const embedders = {
  starter: {
    summary: 'CenterNet and Universal Sentence Encoder lite, from npm packages: works with no download',
    load: async () => {
      const {openStarterEmbedder} = await import('./starter/starter.js')
      return {open: () => Promise.resolve(openStarterEmbedder())}
    },
  },
} satisfies Registry<string, Embedder, undefined>
