import {MediaForgeError} from '../../domain/errors.js'
import type {InstalledModel} from '../../domain/models.js'
import type {Ports} from '../ports.js'
import {describeSpaces} from '../spaces.js'
import {listenVersion} from '../stages/listen.js'
import {drain, type DrainReport} from '../worker.js'
import {CHOSEN_KINDS} from './listing.js'

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
  await ports.tryModel(kind, folder, {signal})
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
