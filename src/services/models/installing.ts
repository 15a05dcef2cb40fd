import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'
import {BUILT_IN, type InstalledModel} from '../../domain/models.js'
import type {Ports} from '../ports.js'

type InstallPorts = Pick<Ports, 'models' | 'tryModel' | 'bus'>

/** More at once would take turns on the same line, and each has files of its own that come side by side. */
const MODELS_AT_ONCE = 3

export interface PullReport {
  models: InstalledModel[]
  /** Those that did not come, in the order they were named. */
  failures: {model: string; error: MediaForgeError}[]
}

/**
 * Downloads models, a few at once. One that cannot be had keeps the others from nothing: it is in the report. Rejects with `CANCELLED`, with what has
 * come so far kept, and with an error that nobody foresaw.
 */
export async function pullModels(
  ports: InstallPorts,
  names: readonly string[],
  {signal}: {signal: AbortSignal},
): Promise<PullReport> {
  const wanted = [...new Set(names)]
  const ends = new Map<string, InstalledModel | MediaForgeError>()
  const oneByOne = inLine()
  const left = [...wanted]
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined && !signal.aborted; name = left.shift()) {
      try {
        ends.set(name, await pullModel(ports, name, oneByOne, signal))
      } catch (error) {
        if (!(error instanceof MediaForgeError)) throw error
        ends.set(name, error)
      }
    }
  }
  const works = await Promise.allSettled(Array.from({length: MODELS_AT_ONCE}, work))
  throwIfCancelled(signal)
  for (const end of works) if (end.status === 'rejected') throw end.reason
  const report: PullReport = {models: [], failures: []}
  for (const model of wanted) {
    const end = ends.get(model)
    if (end instanceof MediaForgeError) report.failures.push({model, error: end})
    else if (end !== undefined) report.models.push(end)
  }
  return report
}

async function pullModel(
  ports: InstallPorts,
  name: string,
  oneByOne: (run: () => Promise<void>) => Promise<void>,
  signal: AbortSignal,
): Promise<InstalledModel> {
  if (BUILT_IN.some(model => model.name === name)) {
    throw new MediaForgeError('USAGE', `${name} comes with the install: there is nothing to pull`, {
      hint: 'mediaforge models list',
    })
  }
  return ports.models.pull(name, {
    signal,
    onAnnounced: offer => {
      ports.bus.emit({name: 'model.announced', ...offer})
    },
    onProgress: (doneBytes, totalBytes) => {
      ports.bus.emit({name: 'model.pulled', model: name, doneBytes, totalBytes})
    },
    check: (manifest, folder) => oneByOne(() => ports.tryModel(manifest.kind, folder, {signal})),
  })
}

/** Runs what must not run side by side, in the order it is asked for: each model that is tried takes its own memory. */
function inLine(): (run: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve()
  return run => {
    const next = last.then(run)
    last = next.catch(() => undefined)
    return next
  }
}
/** Takes a model of a person's own into the folder of models. */
export async function addModel(
  ports: InstallPorts,
  folder: string,
  name: string | undefined,
  {signal}: {signal: AbortSignal},
): Promise<InstalledModel> {
  return ports.models.add(folder, {
    signal,
    ...(name === undefined ? {} : {name}),
    check: (manifest, staged) => ports.tryModel(manifest.kind, staged, {signal}),
  })
}
