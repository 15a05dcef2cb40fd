import {BUILT_IN, knownBytes, STARTER, type ModelKind, type ModelManifest} from '../../domain/models.js'
import type {FileProblem} from '../../domain/ports/models.js'
import type {Ports} from '../ports.js'
import {describeSpaces, type SpaceView} from '../spaces.js'

/** Kinds of which one model works, whichever was chosen, and what it does then. */
export const CHOSEN_KINDS: Readonly<Partial<Record<ModelKind, string>>> = {
  captioner: 'describes pictures: mediaforge describe',
  'sound-classifier': 'names what is heard',
  'speech-recogniser': 'writes down what is said: mediaforge transcribe',
}

/** A model that is there, that can be pulled, or both. */
export interface ModelView extends Omit<ModelManifest, 'files'> {
  isInstalled: boolean
  /** Whether it is the one of its kind that works: for dual encoders, the one that the library is embedded by. */
  isUsed: boolean
  /** Bytes of one that is not here yet and was begun to be pulled; null where it was not. */
  begunBytes: number | null
  /** On the disk, or to be pulled as far as it is known; null where only the server knows. */
  sizeBytes: number | null
}

export interface ModelList {
  /** Those that come with the install. */
  builtIn: (Pick<ModelManifest, 'name' | 'title' | 'licence'> & {kind: string; isUsed: boolean})[]
  /** Those that are there first. */
  models: ModelView[]
  /** Folders of models that hold none. */
  problems: FileProblem[]
  /** What the library holds vectors of; `model` is null where the one that made them was replaced or is gone. */
  spaces: SpaceView[]
}

/** All models, and what the library holds of them. */
export async function listModels(ports: Pick<Ports, 'models' | 'settings' | 'library' | 'embedderOfSpace'>): Promise<ModelList> {
  const {models, settings} = ports
  const {models: installed, problems} = await models.installed()
  const names = new Set(installed.map(({manifest}) => manifest.name))
  const begun = new Map((await models.unfinished()).map(({name, sizeBytes}) => [name, sizeBytes]))
  const views = []
  for (const {manifest, sizeBytes} of installed) {
    const isUsed = (await usedOfKind({models, settings}, manifest.kind)) === manifest.name
    views.push(viewOf(manifest, sizeBytes, {isInstalled: true, isUsed, begunBytes: null}))
  }
  for (const manifest of await models.catalogue()) {
    if (names.has(manifest.name)) continue
    const begunBytes = begun.get(manifest.name) ?? null
    views.push(viewOf(manifest, knownBytes(manifest.files) || null, {isInstalled: false, isUsed: false, begunBytes}))
  }
  const builtIn = BUILT_IN.map(model => ({...model, isUsed: model.name !== STARTER || settings.model === STARTER}))
  return {builtIn, models: views, problems, spaces: await describeSpaces(ports)}
}

/** The model of a kind that works now; null where none does. */
async function usedOfKind({models, settings}: Pick<Ports, 'models' | 'settings'>, kind: ModelKind): Promise<string | null> {
  if (kind === 'dual-encoder') return settings.model
  return kind in CHOSEN_KINDS ? ((await models.chosen(kind))?.manifest.name ?? null) : null
}

type State = Pick<ModelView, 'isInstalled' | 'isUsed' | 'begunBytes'>

function viewOf(manifest: ModelManifest, sizeBytes: number | null, state: State): ModelView {
  const {name, kind, title, licence, source, unverified} = manifest
  return {name, kind, title, licence, source, unverified, ...state, sizeBytes}
}
