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
import {copyLocalModel, readLocalModel} from './local-model.js'
import {MANIFEST_FILE, NAME, readDocument, type Document} from './manifest.js'
import {withModelLock} from './model-lock.js'
import {pullFiles} from './pull.js'
import {openRoom} from './room.js'
import {withSpace} from './space.js'

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
  const room = openRoom()

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

  /** The manifest of the model that another one is going to replace. */
  const before = (name: string): Promise<Document | null> => readDocument(join(folderOf(name), MANIFEST_FILE)).catch(() => null)

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

    async pull(name, {check, ...options}) {
      const document = (await readCatalogue(ownCatalogue)).find(entry => entry.name === name)
      if (document === undefined) {
        throw new MediaForgeError('MODEL_MISSING', `the catalogue has no model '${name}'`, {hint: 'mediaforge models list'})
      }
      return withModelLock(folder, name, host, async () => {
        const staging = stagingOf(name)
        const files = await pullFiles({hub, room}, document, {staging, installed: folderOf(name)}, options)
        const whole = withSpace({...document, files}, await before(name))
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
      const model = await readLocalModel(source, name)
      const {document} = model
      return withModelLock(folder, document.name, host, async () => {
        const staging = `${stagingOf(document.name)}.added`
        try {
          const files = await copyLocalModel(model, staging, room, signal)
          const whole = withSpace({...document, files}, await before(document.name))
          await writeJson(join(staging, MANIFEST_FILE), whole)
          await check(whole, staging).catch((error: unknown) => {
            throw atSource(error, staging, source)
          })
          return await install(whole, staging)
        } finally {
          await rm(staging, {recursive: true, force: true})
        }
      })
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
      // One whose manifest is broken, or of which not all has come, is removed like any other.
      const isHere = await Promise.all([own, stagingOf(name)].map(path => stat(path).catch(() => null)))
      if (isHere.every(found => found === null)) await find(name)
      await withModelLock(folder, name, host, async () => {
        await mkdir(join(folder, '.staging'), {recursive: true})
        const leaving = `${stagingOf(name)}.old`
        await rm(leaving, {recursive: true, force: true})
        await rename(own, leaving).catch(ignoreMissing)
        for (const left of [leaving, stagingOf(name), `${stagingOf(name)}.added`]) await rm(left, {recursive: true, force: true})
      })
    },

    async unfinished() {
      const entries = (await readdir(join(folder, '.staging'), {withFileTypes: true}).catch(ignoreMissing)) ?? []
      const names = entries.filter(entry => entry.isDirectory() && !/\.(?:old|added)$/.test(entry.name)).map(entry => entry.name)
      return Promise.all(names.sort().map(async name => ({name, sizeBytes: await bytesIn(stagingOf(name))})))
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

/** An error about a model that a person brought, in words about the folder where that person can mend it. */
function atSource(error: unknown, staging: string, source: string): unknown {
  if (!(error instanceof MediaForgeError)) return error
  const {code, message, hint} = error
  const told =
    hint?.includes('models pull NAME') === true ? `export or download it anew, then: mediaforge models add ${source}` : hint
  return new MediaForgeError(code, message.replaceAll(staging, source), {
    ...(told === undefined ? {} : {hint: told.replaceAll(staging, source)}),
    cause: error,
  })
}

async function bytesIn(folder: string): Promise<number> {
  const entries = (await readdir(folder, {withFileTypes: true, recursive: true})).filter(entry => entry.isFile())
  const sizes = entries.map(async entry => (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

function ignoreMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw error
}
