import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {findFfmpeg, toolVersion, type FoundTool} from '../adapters/ffmpeg/find.js'
import {hardwareTrouble} from '../adapters/ffmpeg/hardware.js'
import {languageModels} from '../adapters/llm/index.js'
import {readCpuFeatures} from '../adapters/native/cpu.js'
import {openRyot} from '../adapters/native/ryot.js'
import {MediaForgeError, messageOf} from '../domain/errors.js'
import {formatSize} from '../domain/units.js'
import {openSqliteLibrary} from '../library/sqlite/library.js'
import type {Config} from './config.js'
import {openEmbedder} from './embedders.js'

/** One thing that was looked at. `problem` means that some command cannot do its work. */
export interface Finding {
  name: string
  state: 'ok' | 'note' | 'problem'
  detail: string
  hint?: string
}

export interface DoctorOptions {
  config: Config
  version: string
  configDir: string
  signal: AbortSignal
}

/** Looks at everything this program needs. Each check stands alone: one that fails is a finding, not the end. */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const {config, version, configDir, signal} = options
  return [
    {name: 'mediaforge', state: 'ok', detail: `${version}, node ${process.version}, ${process.platform}-${process.arch}`},
    {name: 'cpu', state: 'ok', detail: readCpuFeatures()?.brand ?? 'unknown'},
    ...(await examineLanguageModels()),
    ...(await examineFfmpeg(config)),
    ...(await examineHardware(config)),
    await examineEmbedder(config, signal),
    await examineLibrary(config),
    {name: 'cache', state: 'ok', detail: config.cacheDir},
    {
      name: 'configuration',
      state: 'ok',
      detail: existsSync(join(configDir, 'config.json')) ? join(configDir, 'config.json') : `${configDir} (no config.json)`,
    },
  ]
}

/** Which backends run here. None is needed: a missing one is a note. */
async function examineLanguageModels(): Promise<Finding[]> {
  return Promise.all(
    Object.entries(languageModels).map(async ([name, {summary, load}]): Promise<Finding> => {
      const [finding] = await attempt(name, async () => {
        await load()
        return [{name, state: 'ok', detail: name === 'ryot' ? `${summary}; ${kernelsInUse()}` : summary}]
      })
      return {...(finding as Finding), ...(finding?.state === 'problem' && {state: 'note'})}
    }),
  )
}

function kernelsInUse(): string {
  const {decode, prefill} = openRyot().fastestKernels()
  return `fastest here: kernel ${decode} for writing, ${prefill} for reading`
}

async function examineFfmpeg(config: Config): Promise<Finding[]> {
  return attempt('ffmpeg', async () => {
    const tools = Object.entries(await findFfmpeg(config)) as [string, FoundTool][]
    return Promise.all(
      tools.map(async ([name, tool]): Promise<Finding> => ({
        name,
        state: 'ok',
        detail: `${await toolVersion(tool)} from ${tool.source}: ${tool.path}`,
      })),
    )
  })
}

/** Whether videos are decoded by what the settings name. Without it they are decoded all the same, by the processor. */
async function examineHardware(config: Config): Promise<Finding[]> {
  const {hardwareDecoding: device} = config
  if (device === undefined) return []
  const name = 'hardware'
  return attempt(name, async () => {
    const trouble = await hardwareTrouble((await findFfmpeg(config)).ffmpeg, device)
    if (trouble === null) return [{name, state: 'ok', detail: `videos are decoded by ${device}`}]
    const detail = `${device} cannot be used, so the processor decodes videos: ${trouble}`
    return [
      {name, state: 'note', detail, hint: 'ffmpeg -hwaccels lists what there is; or take hardwareDecoding out of the settings'},
    ]
  })
}

/** Loads the model and uses it, since a file that is there may still be broken. */
async function examineEmbedder(config: Config, signal: AbortSignal): Promise<Finding> {
  const [finding] = await attempt('models', async () => {
    await using embedder = await openEmbedder(config, config.model)
    const started = performance.now()
    await embedder.embedTexts(['a dog in the snow'], {signal})
    const detail = `${config.model} (space ${embedder.space.name}), first text in ${Math.round(performance.now() - started)} ms; folder ${config.modelsDir}`
    return [{name: 'models', state: 'ok', detail}]
  })
  return finding as Finding
}

async function examineLibrary(config: Config): Promise<Finding> {
  const path = join(config.dataDir, 'library.db')
  if (!existsSync(path)) return {name: 'library', state: 'note', detail: `none yet at ${path}`, hint: 'mediaforge scan FOLDER'}
  const [finding] = await attempt('library', async () => {
    await using library = await openSqliteLibrary(path)
    const {version, sizeBytes, integrity} = await library.health()
    const detail = `${path}, version ${version}, ${formatSize(sizeBytes)}, integrity: ${integrity}`
    return [{name: 'library', state: integrity === 'ok' ? 'ok' : 'problem', detail}]
  })
  return finding as Finding
}

async function attempt(name: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof MediaForgeError && error.code === 'CANCELLED') throw error
    const hint = error instanceof MediaForgeError ? error.hint : undefined
    return [{name, state: 'problem', detail: messageOf(error), ...(hint === undefined ? {} : {hint})}]
  }
}
