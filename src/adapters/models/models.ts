import {mkdir, readdir, rename, rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import {knownBytes, type InstalledModel} from '../../domain/models.js'
import type {Host} from '../../domain/ports/host.js'
import type {FileProblem, Models} from '../../domain/ports/models.js'
import {writeJson} from './json.js'
import {readCatalogue} from './catalogue.js'
import {readChoices, writeChoice} from './choices.js'
import {sha256Of} from './checksum.js'
import {openHub, type HubConfig} from './hub.js'
import {stageLocalModel} from './local-model.js'
import {MANIFEST_FILE, NAME, readDocument, type Document} from './manifest.js'
import {withModelLock} from './model-lock.js'
import {pullFiles} from './pull.js'

export interface ModelsConfig {
  /** The folder of models: one folder a model, and two hidden ones for what is not finished. */
  folder: string
  /** Manifests of a person's own, of models that can be pulled. */
  ownCatalogue: string
  hub: HubConfig
  host: Host
}

/** The folder of models. Reading it makes nothing; a model is put together in `.staging` and moved into its place by one rename. */
export function openModels({folder, ownCatalogue, hub: hubConfig, host}: ModelsConfig): Models & AsyncDisposable {
  const hub = openHub(hubConfig)

  const folderOf = (name: string): string => {
    if (NAME.test(name)) return join(folder, name)
    throw new MediaForgeError('USAGE', `'${name}' is no name of a model`, {hint: 'mediaforge models list'})
  }
  const stagingOf = (name: string): string => join(folder, '.staging', name)

  async function find(name: string): Promise<InstalledModel> {
    const own = folderOf(name)
    if ((await stat(own).catch(() => null)) === null) {
      throw new MediaForgeError('MODEL_MISSING', `there is no model ${name} in ${folder}`, {
        hint: `mediaforge models pull ${name}`,
      })
    }
    const manifest = await readDocument(join(own, MANIFEST_FILE))
    return {manifest, folder: own, sizeBytes: knownBytes(manifest.files)}
  }

  async function installed(): ReturnType<Models['installed']> {
    const models: InstalledModel[] = []
    const problems: FileProblem[] = []
    const entries = await readdir(folder, {withFileTypes: true}).catch(ignoreMissing)
    for (const {name} of (entries ?? []).filter(entry => entry.isDirectory() && NAME.test(entry.name))) {
      try {
        models.push(await find(name))
      } catch (error) {
        problems.push({path: join(folder, name), problem: messageOf(error)})
      }
    }
    return {models: models.sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1)), problems}
  }

  /** The last step: from here on the model is there, or still the one from before. */
  async function install({name}: Document, staging: string): Promise<InstalledModel> {
    const own = folderOf(name)
    const old = `${staging}.old`
    await rm(old, {recursive: true, force: true})
    await rename(own, old).catch(ignoreMissing)
    await rename(staging, own)
    await rm(old, {recursive: true, force: true})
    return find(name)
  }

  return {
    catalogue: () => readCatalogue(ownCatalogue),
    folderOf,

    installed,

    async chosen(kind) {
      const models = (await installed()).models.filter(({manifest}) => manifest.kind === kind)
      const name = (await readChoices(folder))[kind]
      return models.find(({manifest}) => manifest.name === name) ?? models[0] ?? null
    },

    async choose(name) {
      const {kind} = (await find(name)).manifest
      await writeChoice(folder, kind, name)
    },

    async pull(name, {signal, onProgress, check}) {
      const document = (await readCatalogue(ownCatalogue)).find(entry => entry.name === name)
      if (document === undefined) {
        throw new MediaForgeError('MODEL_MISSING', `the catalogue has no model '${name}'`, {hint: 'mediaforge models list'})
      }
      return withModelLock(folder, name, host, async () => {
        const staging = stagingOf(name)
        const files = await pullFiles(hub, document, {staging, installed: folderOf(name)}, {signal, onProgress})
        const whole: Document = {...document, files}
        await writeJson(join(staging, MANIFEST_FILE), whole)
        try {
          await check(whole, staging)
        } catch (error) {
          await rm(staging, {recursive: true, force: true})
          throw error
        }
        return install(whole, staging)
      })
    },

    async add(source, {signal, check, name}) {
      return stageLocalModel(source, folder, name, signal, async (document, staging) =>
        withModelLock(folder, document.name, host, async () => {
          await check(document, staging)
          return install(document, staging)
        }),
      )
    },

    async verify(name, {signal}) {
      const {manifest, folder: own} = await find(name)
      const problems: FileProblem[] = []
      for (const {path, sizeBytes, sha256} of manifest.files) {
        const found = await stat(join(own, path)).catch(() => null)
        if (found === null) problems.push({path, problem: 'it is gone'})
        else if (sizeBytes !== null && found.size !== sizeBytes) {
          problems.push({path, problem: `it has ${found.size} bytes instead of ${sizeBytes}`})
        } else if (sha256 !== null && (await sha256Of(join(own, path), signal)) !== sha256) {
          problems.push({path, problem: 'its bytes are not those that were installed'})
        }
      }
      return problems
    },

    async remove(name) {
      const own = folderOf(name)
      await find(name).catch((error: unknown) => {
        // One whose manifest is broken is removed like any other.
        if (!(error instanceof MediaForgeError && error.code === 'CONFIG_INVALID')) throw error
      })
      await withModelLock(folder, name, host, async () => {
        await mkdir(join(folder, '.staging'), {recursive: true})
        const leaving = `${stagingOf(name)}.old`
        await rm(leaving, {recursive: true, force: true})
        await rename(own, leaving)
        await rm(leaving, {recursive: true})
        await rm(stagingOf(name), {recursive: true, force: true})
      })
    },

    async calibrate(name, calibration) {
      await withModelLock(folder, name, host, async () => {
        const path = join(folderOf(name), MANIFEST_FILE)
        await writeJson(path, {...(await readDocument(path)), calibration})
      })
    },

    [Symbol.asyncDispose]: () => hub.close(),
  }
}

function ignoreMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw error
}
