import {MediaForgeError} from '../domain/errors.js'
import type {PictureRule, Pixels} from '../domain/media.js'
import {knownBytes, type InstalledModel, type ModelManifest} from '../domain/models.js'
import type {FileProblem} from '../domain/ports/models.js'
import {describeSpaces, type SpaceView} from './spaces.js'
import type {Ports} from './ports.js'
import {drain, type DrainReport} from './worker.js'

type ModelPorts = Pick<
  Ports,
  'models' | 'library' | 'settings' | 'embedderOfModel' | 'embedderOfSpace' | 'captionerOfModel' | 'bus'
>

/** A model that is there, that can be pulled, or both. */
export interface ModelView extends Omit<ModelManifest, 'files'> {
  isInstalled: boolean
  /** Whether the library is embedded by it now. */
  isUsed: boolean
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
  const views = [
    ...installed.map(({manifest, sizeBytes}) => viewOf(manifest, sizeBytes, true, settings.model)),
    ...(await models.catalogue())
      .filter(({name}) => !names.has(name))
      .map(manifest => viewOf(manifest, knownBytes(manifest.files) || null, false, settings.model)),
  ]
  return {models: views, problems}
}

function viewOf(manifest: ModelManifest, sizeBytes: number | null, isInstalled: boolean, used: string): ModelView {
  const {name, kind, title, licence, source, unverified} = manifest
  return {name, kind, title, licence, source, unverified, isInstalled, isUsed: name === used, sizeBytes}
}

/** Downloads models one after the other, several files of each at once. Rejects at the first that cannot be had; those before it stay. */
export async function pullModels(ports: ModelPorts, names: string[], {signal}: {signal: AbortSignal}): Promise<InstalledModel[]> {
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
  // Rejects for a model that is not there; one that is broken is removed all the same.
  if (model === undefined) await ports.models.verify(name, {signal: new AbortController().signal}).catch(ignoreBroken)
  const embedder = model?.manifest.kind === 'dual-encoder' ? await ports.embedderOfModel(name).catch(() => null) : null
  const spaces = await describeSpaces(ports)
  return {
    name,
    sizeBytes: model?.sizeBytes ?? 0,
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
  if (plan.space !== null) await ports.library.dropSpace(plan.space.space)
}

export interface UseReport {
  model: string
  space: string
  /** Files that wait for vectors of this model. */
  queued: number
  /** The space that searches go on using for those files, where there is one. */
  meanwhile: string | null
  work: DrainReport | null
}

/**
 * Makes a model the one that embeds and searches. Files are embedded anew in the background, or here with `wait`; searches use the vectors of the
 * model from before for whatever is not embedded yet. Rejects with `MODEL_MISSING` where it is not installed, and with `USAGE` where it is of a kind
 * that embeds nothing.
 */
export async function useModel(
  ports: Ports,
  name: string,
  {how}: {how: 'background' | 'wait' | 'later'},
  {signal}: {signal: AbortSignal},
): Promise<UseReport> {
  await assertEmbeds(ports.models, name)
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
  return {model: name, space, queued, meanwhile, work}
}

/** Folders and the starter are in no list, and tell by themselves what is wrong with them. */
async function assertEmbeds(models: Ports['models'], name: string): Promise<void> {
  const installed = (await models.installed()).models.find(({manifest}) => manifest.name === name)
  const known = installed?.manifest ?? (await models.catalogue()).find(entry => entry.name === name)
  if (known !== undefined && known.kind !== 'dual-encoder') {
    throw new MediaForgeError('USAGE', `${name} is no model that pictures are searched with, but a ${known.kind}`, {
      hint: known.kind === 'captioner' ? 'it is used as it is: mediaforge describe' : 'mediaforge models list',
    })
  }
  if (known !== undefined && installed === undefined) {
    throw new MediaForgeError('MODEL_MISSING', `${name} is not here yet`, {hint: `mediaforge models pull ${name}`})
  }
}
