import type {Embedder} from '../../domain/ports/embedder.js'
import type {Registry} from '../../domain/registry.js'

/** What an embedder may be told. */
interface EmbedderConfig {
  modelFolder: string | undefined
  /** Cores that a model may take. */
  threads: number
}

/** The embedders there are. Each opens cheaply; its model is loaded by the first call that needs it. */
export const embedders = {
  starter: {
    summary: 'CenterNet and Universal Sentence Encoder lite, from npm packages: works with no download',
    load: async () => {
      const {openStarterEmbedder} = await import('./starter/starter.js')
      return {open: () => Promise.resolve(openStarterEmbedder())}
    },
  },
  'dual-encoder': {
    summary: 'an image-text model in ONNX, of the folder of models or a folder of your own',
    load: async () => {
      const {openDualEncoder} = await import('./dual-encoder/dual-encoder.js')
      return {open: openDualEncoder}
    },
  },
} satisfies Registry<string, Embedder, EmbedderConfig>
