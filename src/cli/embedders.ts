import {embedders} from '../adapters/embedder/index.js'
import {physicalCores} from '../adapters/host/cores.js'
import {openedOnce, type OpenedOnce} from '../domain/opened-once.js'
import type {Embedder} from '../domain/ports/embedder.js'
import type {Models} from '../domain/ports/models.js'
import {STARTER} from '../domain/models.js'
import {modelNow, type Config} from './config.js'
import {modelFolder} from './model-folder.js'

/** The embedders of one session: each model is opened once, and all are closed together. */
export interface Embedders extends AsyncDisposable {
  ofModel(model: string): Promise<Embedder>
  ofSpace(space: string): Promise<Embedder | null>
}

export function openEmbedders(config: Config, models: Models): Embedders {
  const open = new Map<string, OpenedOnce<Embedder>>()

  const ofModel = (model: string): Promise<Embedder> => {
    const known = open.get(model) ?? openedOnce(() => openEmbedder(config, model))
    open.set(model, known)
    return known.get()
  }

  return {
    ofModel,

    async ofSpace(space) {
      const {models: installed} = await models.installed()
      const names = installed.filter(({manifest}) => manifest.kind === 'dual-encoder').map(({manifest}) => manifest.name)
      for (const model of new Set([modelNow(config), STARTER, ...names])) {
        // A model that does not open made no vectors that could be asked for now.
        const embedder = await ofModel(model).catch(() => null)
        if (embedder?.space.name === space) return embedder
      }
      return null
    },

    async [Symbol.asyncDispose]() {
      for (const embedder of open.values()) await (await embedder.ifOpen())?.[Symbol.asyncDispose]()
    },
  }
}

/** Opens one embedder for a caller who closes it. */
export async function openEmbedder(config: Pick<Config, 'modelsDir' | 'threads'>, model: string): Promise<Embedder> {
  if (model === STARTER) {
    const {open} = await embedders.starter.load()
    return open()
  }
  const {open} = await embedders['dual-encoder'].load()
  return open({modelFolder: modelFolder(config, model), threads: config.threads ?? physicalCores()})
}
