import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Config as OclifConfig} from '@oclif/core'
import * as v from 'valibot'
import {writeJson} from '../adapters/models/json.js'
import {MediaForgeError, messageOf} from '../domain/errors.js'
import {STARTER} from '../domain/models.js'
import {VECTOR_INDEXES} from './registries.js'

/** The environment has text alone. */
const WholeNumber = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.transform(Number))]),
  v.integer(),
  v.minValue(1),
  v.maxValue(1024),
)
const YesNo = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['0', '1', 'false', 'true']),
    v.transform(text => ['1', 'true'].includes(text)),
  ),
])

/** What a person can set, in the file `config.json`. */
const FileSchema = v.strictObject({
  dataDir: v.optional(v.string()),
  cacheDir: v.optional(v.string()),
  ffmpeg: v.optional(v.string()),
  ffprobe: v.optional(v.string()),
  model: v.optional(v.string()),
  modelsDir: v.optional(v.string()),
  threads: v.optional(WholeNumber),
  hubUrl: v.optional(v.pipe(v.string(), v.url('no address: write https://…'))),
  offline: v.optional(YesNo),
  vectorIndex: v.optional(v.picklist(VECTOR_INDEXES)),
  keyframesPerHour: v.optional(
    v.pipe(v.union([v.number(), v.pipe(v.string(), v.transform(Number))]), v.integer(), v.minValue(1)),
  ),
  hardwareDecoding: v.optional(v.pipe(v.string(), v.regex(/^\w+$/, 'the name of one of ffmpeg -hwaccels'))),
})

type Settings = v.InferOutput<typeof FileSchema>

export interface Config {
  dataDir: string
  cacheDir: string
  ffmpegPath: string | undefined
  ffprobePath: string | undefined
  /** `starter`, a model of the folder of models, or a folder of a person's own. */
  model: string
  modelsDir: string
  /** Cores that models may take; all that there are where nothing is said. */
  threads: number | undefined
  /** Where models are pulled from. */
  hubUrl: string
  /** Nothing may be asked of the network. */
  offline: boolean
  proxy: Proxy
  /** Whether the environment or a caller says which model, whatever the file of settings says. */
  isModelFixed: boolean
  /** The file that settings are kept in. */
  settingsFile: string
  vectorIndex: (typeof VECTOR_INDEXES)[number]
  keyframesPerHour: number
  /** What ffmpeg decodes video with: one of `ffmpeg -hwaccels`. */
  hardwareDecoding: string | undefined
  /** The `PATH` variable, for finding programs. */
  path: string
}

/** How the network is reached, as other programs are told it, too. */
export interface Proxy {
  http: string | undefined
  https: string | undefined
  /** Hosts that are asked without one. */
  except: string | undefined
}

/** Which variable sets what. */
const VARIABLES: Readonly<Record<keyof Settings, string>> = {
  dataDir: 'MEDIAFORGE_DATA_DIR',
  cacheDir: 'MEDIAFORGE_CACHE_DIR',
  ffmpeg: 'MEDIAFORGE_FFMPEG',
  ffprobe: 'MEDIAFORGE_FFPROBE',
  model: 'MEDIAFORGE_MODEL',
  modelsDir: 'MEDIAFORGE_MODELS_DIR',
  threads: 'MEDIAFORGE_THREADS',
  hubUrl: 'HF_ENDPOINT',
  offline: 'MEDIAFORGE_OFFLINE',
  vectorIndex: 'MEDIAFORGE_VECTOR_INDEX',
  keyframesPerHour: 'MEDIAFORGE_KEYFRAMES_PER_HOUR',
  hardwareDecoding: 'MEDIAFORGE_HARDWARE_DECODING',
}

/** Settings that chose a model once, and their variables. */
const GONE: Readonly<Record<string, string>> = {
  captionModel: 'MEDIAFORGE_CAPTION_MODEL',
  soundModel: 'MEDIAFORGE_SOUND_MODEL',
  speechModel: 'MEDIAFORGE_SPEECH_MODEL',
}

/**
 * Defaults, then the file, then the environment, then flags; the one reader of `process.env`. Rejects with `CONFIG_INVALID`, naming the
 * setting and where it came from.
 */
export function readConfig(oclif: OclifConfig, flags: Settings): Config {
  const path = join(oclif.configDir, 'config.json')
  for (const name of Object.values(GONE)) if (process.env[name] !== undefined) throw gone('the environment', name)
  const variables = Object.entries(VARIABLES).flatMap(([key, name]) => {
    const value = process.env[name]
    return value === undefined || value === '' ? [] : [[key, value] as const]
  })
  const settings: Settings = {
    ...validate(readFile(path), path),
    ...validate(Object.fromEntries(variables), 'the environment'),
    ...flags,
  }
  return {
    dataDir: settings.dataDir ?? oclif.dataDir,
    cacheDir: settings.cacheDir ?? oclif.cacheDir,
    ffmpegPath: settings.ffmpeg,
    ffprobePath: settings.ffprobe,
    model: settings.model ?? STARTER,
    modelsDir: settings.modelsDir ?? join(oclif.dataDir, 'models'),
    threads: settings.threads,
    hubUrl: (settings.hubUrl ?? 'https://huggingface.co').replace(/\/+$/, ''),
    offline: settings.offline ?? false,
    proxy: {http: variable('HTTP_PROXY'), https: variable('HTTPS_PROXY'), except: variable('NO_PROXY')},
    isModelFixed: flags.model !== undefined || variables.some(([key]) => key === 'model'),
    settingsFile: path,
    vectorIndex: settings.vectorIndex ?? 'auto',
    keyframesPerHour: settings.keyframesPerHour ?? 360,
    hardwareDecoding: settings.hardwareDecoding,
    path: process.env.PATH ?? '',
  }
}

/** The model that is chosen now, which another process may have changed since this one began. Settings that make no sense at the moment change nothing. */
export function modelNow({model, isModelFixed, settingsFile}: Config): string {
  if (isModelFixed) return model
  try {
    return validate(readFile(settingsFile), settingsFile).model ?? STARTER
  } catch {
    return model
  }
}

/** Keeps one setting in the file, beside those that are there. Rejects like `readConfig`. */
export async function writeSetting(path: string, name: 'model', value: string): Promise<void> {
  const settings = {...validate(readFile(path), path), [name]: value}
  await writeJson(path, settings).catch((error: unknown) => {
    throw new MediaForgeError('CONFIG_INVALID', `${path} cannot be written: ${messageOf(error)}`, {
      hint: 'make its folder writable, or set the variable MEDIAFORGE_MODEL',
      cause: error,
    })
  })
}

/** A variable that may be written in either case. */
function variable(name: string): string | undefined {
  return process.env[name.toLowerCase()] ?? process.env[name]
}

function readFile(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new MediaForgeError('CONFIG_INVALID', `${path} cannot be read: ${messageOf(error)}`, {cause: error})
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new MediaForgeError('CONFIG_INVALID', `${path} is no valid JSON: ${messageOf(error)}`, {
      hint: 'write an object: {"dataDir": "/path/to/a/folder"}',
      cause: error,
    })
  }
}

function validate(value: unknown, source: string): Settings {
  const result = v.safeParse(FileSchema, value)
  // A list has no unknown keys when it is empty, and passes for an object.
  if (result.success && !Array.isArray(value)) return result.output
  const former = Object.keys(GONE).find(key => typeof value === 'object' && value !== null && key in value)
  if (former !== undefined) throw gone(source, former)
  const problem = result.success ? 'a list is no object' : complaint(result.issues[0])
  throw new MediaForgeError('CONFIG_INVALID', `${source}: ${problem}`, {
    hint: `settings are ${Object.keys(VARIABLES).join(', ')}`,
  })
}

/** A setting that would be passed over in silence would leave a person with another model than they think. */
function gone(source: string, name: string): MediaForgeError {
  return new MediaForgeError('CONFIG_INVALID', `${source}: ${name} is no setting any more`, {
    hint: 'take it out; a folder becomes a model by mediaforge models add FOLDER, and of several mediaforge models use NAME chooses',
  })
}

function complaint(issue: v.InferIssue<typeof FileSchema>): string {
  const key = v.getDotPath(issue)
  if (issue.type === 'strict_object' && key !== null) return `${key} is no setting`
  return `${key === null ? '' : `${key}: `}${issue.message.toLowerCase()}`
}

/** Colour and motion are for a person at a terminal who did not ask to go without. */
export function isPlain(stream: {isTTY?: boolean}): boolean {
  return stream.isTTY !== true || process.env.CI !== undefined || process.env.NO_COLOR !== undefined
}
