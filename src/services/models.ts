import {MediaForgeError} from '../domain/errors.js'
import type {PictureRule, Pixels} from '../domain/media.js'
import {LISTENING_HZ} from '../domain/ports/listening.js'
import {knownBytes, STARTER, type InstalledModel, type ModelKind, type ModelManifest} from '../domain/models.js'
import type {FileProblem} from '../domain/ports/models.js'
import {describeSpaces, type SpaceView} from './spaces.js'
import type {Ports} from './ports.js'
import {sweepIndexes} from './vector-search.js'
import {listenVersion} from './stages/listen.js'
import {drain, type DrainReport} from './worker.js'

type ModelPorts = Pick<
  Ports,
  | 'models'
  | 'library'
  | 'settings'
  | 'embedderOfModel'
  | 'embedderOfSpace'
  | 'captionerOfModel'
  | 'soundClassifierOfModel'
  | 'transcriberOfModel'
  | 'bus'
  | 'sweepIndexes'
>

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

/** All models, those that are there first. `problems`: folders of models that hold none. */
export async function listModels({
  models,
  settings,
}: Pick<Ports, 'models' | 'settings'>): Promise<{models: ModelView[]; problems: FileProblem[]}> {
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
  return {models: views, problems}
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

/** Downloads models one after the other, several files of each at once. Rejects at the first that cannot be had; those before it stay. */
export async function pullModels(ports: ModelPorts, names: string[], {signal}: {signal: AbortSignal}): Promise<InstalledModel[]> {
  if (names.includes(STARTER)) {
    throw new MediaForgeError('USAGE', 'the starter models come with the install: there is nothing to pull', {
      hint: 'mediaforge models use starter',
    })
  }
  const pulled: InstalledModel[] = []
  for (const name of names) {
    const model = await ports.models.pull(name, {
      signal,
      onProgress: (doneBytes, totalBytes) => {
        ports.bus.emit({name: 'model.pulled', model: name, doneBytes, totalBytes})
      },
      check: (manifest, folder) => tryModel(ports, manifest, folder),
    })
    pulled.push(model)
  }
  return pulled
}

/** Takes a model of a person's own into the folder of models. */
export async function addModel(
  ports: ModelPorts,
  folder: string,
  name: string | undefined,
  {signal}: {signal: AbortSignal},
): Promise<InstalledModel> {
  return ports.models.add(folder, {
    signal,
    ...(name === undefined ? {} : {name}),
    check: (manifest, staged) => tryModel(ports, manifest, staged),
  })
}

/** Lets a model work once before it is installed: a wrong size, name or file is told now, and not in the middle of a library. */
async function tryModel(ports: ModelPorts, {kind}: ModelManifest, folder: string): Promise<void> {
  if (kind === 'dual-encoder') {
    await using embedder = await ports.embedderOfModel(folder)
    await embedder.embedTexts(['a photo of a dog'])
    await embedder.embedPictures([greyPicture(embedder.pictureRule)])
  }
  if (kind === 'captioner') {
    await using captioner = await ports.captionerOfModel(folder)
    await captioner.describe(greyPicture(captioner.pictureRule))
  }
  if (kind === 'sound-classifier') {
    await using classifier = await ports.soundClassifierOfModel(folder)
    await classifier.classify(new Float32Array(classifier.windowSamples))
  }
  if (kind === 'speech-recogniser') {
    await using transcriber = await ports.transcriberOfModel(folder)
    await transcriber.transcribe(new Float32Array(LISTENING_HZ))
  }
}

function greyPicture(rule: PictureRule): Pixels {
  const {width, height} = rule.crop ?? rule
  return {width, height, data: new Uint8Array(width * height * 3).fill(128)}
}

/** Compares the bytes of models with what was installed; all models where none is named. */
export async function verifyModels(
  {models}: Pick<Ports, 'models'>,
  names: string[],
  {signal}: {signal: AbortSignal},
): Promise<{model: string; problems: FileProblem[]}[]> {
  const {models: installed} = await models.installed()
  const chosen = names.length > 0 ? names : installed.map(({manifest}) => manifest.name)
  const verdicts: {model: string; problems: FileProblem[]}[] = []
  for (const model of chosen) verdicts.push({model, problems: await models.verify(model, {signal})})
  return verdicts
}

/** What removing a model would take away. */
export interface Removal {
  name: string
  sizeBytes: number
  /** What the library holds of it; null where it was never used here. */
  space: SpaceView | null
  isUsed: boolean
}

/** Says what `removeModel` would drop. Rejects with `MODEL_MISSING`. */
export async function planRemoval(ports: ModelPorts, name: string): Promise<Removal> {
  const {models: installed} = await ports.models.installed()
  const model = installed.find(({manifest}) => manifest.name === name)
  if (name === STARTER) {
    throw new MediaForgeError('USAGE', 'the starter models come with the install and cannot be removed', {
      hint: 'npm uninstall removes the program with them',
    })
  }
  const begun = (await ports.models.unfinished()).find(other => other.name === name)
  // Rejects for a model that is not there; one that is broken is removed all the same.
  if (model === undefined && begun === undefined)
    await ports.models.verify(name, {signal: new AbortController().signal}).catch(ignoreBroken)
  const embedder = model?.manifest.kind === 'dual-encoder' ? await ports.embedderOfModel(name).catch(() => null) : null
  const spaces = await describeSpaces(ports)
  return {
    name,
    sizeBytes: (model?.sizeBytes ?? 0) + (begun?.sizeBytes ?? 0),
    space: spaces.find(({space}) => space === embedder?.space.name) ?? null,
    isUsed: ports.settings.model === name,
  }
}

function ignoreBroken(error: unknown): void {
  if (!(error instanceof MediaForgeError && error.code === 'CONFIG_INVALID')) throw error
}

/** Removes a model and the vectors that only it can be asked with. Rejects with `USAGE` for the model that is in use. */
export async function removeModel(ports: ModelPorts, plan: Removal): Promise<void> {
  if (plan.isUsed) {
    throw new MediaForgeError('USAGE', `${plan.name} is the model that searches use`, {
      hint: 'choose another one first: mediaforge models use starter',
    })
  }
  await ports.models.remove(plan.name)
  if (plan.space === null) return
  await ports.library.dropSpace(plan.space.space)
  await sweepIndexes(ports)
}

/** Kinds of which one model works, whichever was chosen, and what it does then. */
const CHOSEN_KINDS: Readonly<Partial<Record<ModelKind, string>>> = {
  captioner: 'describes pictures: mediaforge describe',
  'sound-classifier': 'names what is heard',
  'speech-recogniser': 'writes down what is said: mediaforge transcribe',
}

export interface UseReport {
  model: string
  /** What it does from now on, where that is not searching. */
  purpose: string | null
  /** The space that searches use from now on; null for a model of another kind. */
  space: string | null
  /** Files that wait for this model. */
  queued: number
  /** The space that searches go on using for those files, where there is one. */
  meanwhile: string | null
  work: DrainReport | null
}

interface UseOptions {
  how: 'background' | 'wait' | 'later'
}

/**
 * Makes a model the one of its kind that is used. What it is to do anew is done in the background, or here with `wait`; searches use the vectors of the
 * model from before for whatever is not embedded yet. Rejects with `MODEL_MISSING` where it is not installed, and with `USAGE` where it is of a kind
 * that nothing uses.
 */
export async function useModel(ports: Ports, name: string, how: UseOptions, options: {signal: AbortSignal}): Promise<UseReport> {
  const model = await findModel(ports.models, name)
  if (model === null || model.manifest.kind === 'dual-encoder') return useEmbedder(ports, name, how, options)
  return useOfKind(ports, model, how, options)
}

async function useEmbedder(ports: Ports, name: string, {how}: UseOptions, {signal}: {signal: AbortSignal}): Promise<UseReport> {
  const embedder = await ports.embedderOfModel(name)
  // A model that does not work must not become the one that every search needs.
  await embedder.embedTexts(['a photo of a dog'], {signal})
  const space = embedder.space.name
  await ports.settings.chooseModel(name)
  await ports.library.enqueueStale('embed', space)
  const spaces = await describeSpaces(ports)
  const queued = (await ports.library.jobCounts()).embed.queued
  const meanwhile = queued === 0 ? null : (spaces.find(other => other.space !== space && other.model !== null)?.space ?? null)
  if (how === 'background' && queued > 0) ports.background.work()
  const work = how === 'wait' ? await drain({...ports, embedder: () => Promise.resolve(embedder)}, {}, {signal}) : null
  return {model: name, purpose: null, space, queued, meanwhile, work}
}

async function useOfKind(
  ports: Ports,
  {manifest, folder}: InstalledModel,
  {how}: UseOptions,
  {signal}: {signal: AbortSignal},
): Promise<UseReport> {
  const {name, kind} = manifest
  const purpose = CHOSEN_KINDS[kind] ?? null
  if (purpose === null) {
    throw new MediaForgeError('USAGE', `${name} is a ${kind}, and no command uses one yet`, {hint: 'mediaforge models list'})
  }
  await tryModel(ports, manifest, folder)
  await ports.models.choose(name)
  const report = {model: name, purpose, space: null, queued: 0, meanwhile: null, work: null}
  if (kind !== 'sound-classifier') return report
  await ports.library.enqueueStale('listen', await listenVersion(ports))
  const queued = (await ports.library.jobCounts()).listen.queued
  if (how === 'background' && queued > 0) ports.background.work()
  return {...report, queued, work: how === 'wait' ? await drain(ports, {kinds: ['listen']}, {signal}) : null}
}

/** Null for folders and the starter, which are in no list and tell by themselves what is wrong with them. Rejects with `MODEL_MISSING`. */
async function findModel(models: Ports['models'], name: string): Promise<InstalledModel | null> {
  const installed = (await models.installed()).models.find(({manifest}) => manifest.name === name)
  if (installed !== undefined) return installed
  if ((await models.catalogue()).every(entry => entry.name !== name)) return null
  throw new MediaForgeError('MODEL_MISSING', `${name} is not here yet`, {hint: `mediaforge models pull ${name}`})
}
