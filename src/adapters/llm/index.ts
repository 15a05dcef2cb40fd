import type {LanguageModel, LanguageModelConfig} from '../../domain/ports/language-model.js'
import type {Registry} from '../../domain/registry.js'

/** The backends of language models there are. `load` rejects with `BACKEND_UNAVAILABLE` where one cannot run here. */
export const languageModels = {
  ryot: {
    summary: 'the engine that comes with this program, for ternary and Llama models on CPUs with AVX-512',
    load: async () => {
      const {loadRyot} = await import('./ryot/model.js')
      return loadRyot()
    },
  },
  'llama-cpp': {
    summary: 'llama.cpp through node-llama-cpp, installed on request: every architecture it knows',
    load: async () => {
      const {loadLlamaCpp} = await import('./llama-cpp/model.js')
      return loadLlamaCpp()
    },
  },
} satisfies Registry<string, LanguageModel, LanguageModelConfig>
