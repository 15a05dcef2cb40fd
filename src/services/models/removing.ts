import {MediaForgeError} from '../../domain/errors.js'
import {BUILT_IN} from '../../domain/models.js'
import type {Ports} from '../ports.js'
import {describeSpaces, type SpaceView} from '../spaces.js'
import {sweepIndexes} from '../vector-search.js'

type RemovalPorts = Pick<Ports, 'models' | 'library' | 'settings' | 'embedderOfModel' | 'embedderOfSpace' | 'sweepIndexes'>

/** What removing a model, or a space that no model is left for, would take away. */
export interface Removal {
  /** The model; null for a space alone. */
  name: string | null
  sizeBytes: number
  /** What the library holds of it; null where it was never used here. */
  space: SpaceView | null
  isUsed: boolean
}

/** Says what removing a model would take. Rejects with `MODEL_MISSING`. */
export async function planRemoval(ports: RemovalPorts, name: string): Promise<Removal> {
  const {models: installed} = await ports.models.installed()
  const model = installed.find(({manifest}) => manifest.name === name)
  if (BUILT_IN.some(builtIn => builtIn.name === name)) {
    throw new MediaForgeError('USAGE', `${name} comes with the install and cannot be removed`, {
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

/**
 * Says what dropping the vectors of a model that was replaced, or is gone, would take. Rejects with `USAGE` for a space that a model is here for, and
 * for one that the library has no vectors of.
 */
export async function planSpaceRemoval(ports: RemovalPorts, name: string): Promise<Removal> {
  const spaces = await describeSpaces(ports)
  const space = spaces.find(other => other.space === name)
  if (space === undefined) {
    throw new MediaForgeError('USAGE', `the library has no vectors of a space ${name}`, {hint: 'mediaforge models list'})
  }
  if (space.model !== null) {
    throw new MediaForgeError('USAGE', `${name} is the space of ${space.model}, which is here`, {
      hint: 'mediaforge models list shows those that no model is left for',
    })
  }
  return {name: null, sizeBytes: 0, space, isUsed: false}
}

/** Removes a model and the vectors that only it can be asked with, or vectors alone. Rejects with `USAGE` for the model that is in use. */
export async function carryOut(ports: RemovalPorts, plan: Removal): Promise<void> {
  if (plan.isUsed) {
    throw new MediaForgeError('USAGE', `${plan.name} is the model that searches use`, {
      hint: 'choose another one first: mediaforge models use starter',
    })
  }
  if (plan.name !== null) await ports.models.remove(plan.name)
  if (plan.space === null) return
  await ports.library.dropSpace(plan.space.space)
  await sweepIndexes(ports)
}
