import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Config as OclifConfig} from '@oclif/core'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../domain/errors.js'
import {EMBEDDERS, VECTOR_INDEXES} from './registries.js'

/** What a person can set, in the file `config.json`. */
const FileSchema = v.strictObject({
  dataDir: v.optional(v.string()),
  cacheDir: v.optional(v.string()),
  ffmpeg: v.optional(v.string()),
  ffprobe: v.optional(v.string()),
  embedder: v.optional(v.picklist(EMBEDDERS)),
  model: v.optional(v.string()),
  vectorIndex: v.optional(v.picklist(VECTOR_INDEXES)),
  keyframesPerHour: v.optional(
    v.pipe(v.union([v.number(), v.pipe(v.string(), v.transform(Number))]), v.integer(), v.minValue(1)),
  ),
  soundModel: v.optional(v.string()),
  speechModel: v.optional(v.string()),
  hardwareDecoding: v.optional(v.pipe(v.string(), v.regex(/^\w+$/, 'the name of one of ffmpeg -hwaccels'))),
})

type Settings = v.InferOutput<typeof FileSchema>

export interface Config {
  dataDir: string
  cacheDir: string
  ffmpegPath: string | undefined
  ffprobePath: string | undefined
  embedder: (typeof EMBEDDERS)[number]
  /** Where the model of the `dual-encoder` embedder is. */
  modelFolder: string | undefined
  vectorIndex: (typeof VECTOR_INDEXES)[number]
  /** Where the model that names sounds is, and the one that writes down speech. */
  soundModelFolder: string | undefined
  speechModelFolder: string | undefined
  keyframesPerHour: number
  /** What ffmpeg decodes video with: one of `ffmpeg -hwaccels`. */
  hardwareDecoding: string | undefined
  /** The `PATH` variable, for finding programs. */
  path: string
}

/** Which variable sets what. */
const VARIABLES: Readonly<Record<keyof Settings, string>> = {
  dataDir: 'MEDIAFORGE_DATA_DIR',
  cacheDir: 'MEDIAFORGE_CACHE_DIR',
  ffmpeg: 'MEDIAFORGE_FFMPEG',
  ffprobe: 'MEDIAFORGE_FFPROBE',
  embedder: 'MEDIAFORGE_EMBEDDER',
  model: 'MEDIAFORGE_MODEL',
  vectorIndex: 'MEDIAFORGE_VECTOR_INDEX',
  soundModel: 'MEDIAFORGE_SOUND_MODEL',
  speechModel: 'MEDIAFORGE_SPEECH_MODEL',
  keyframesPerHour: 'MEDIAFORGE_KEYFRAMES_PER_HOUR',
  hardwareDecoding: 'MEDIAFORGE_HARDWARE_DECODING',
}

/**
 * Defaults, then the file, then the environment, then flags; the one reader of `process.env`. Rejects with `CONFIG_INVALID`, naming the
 * setting and where it came from.
 */
export function readConfig(oclif: OclifConfig, flags: Settings): Config {
  const path = join(oclif.configDir, 'config.json')
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
    embedder: settings.embedder ?? 'starter',
    modelFolder: settings.model,
    vectorIndex: settings.vectorIndex ?? 'auto',
    soundModelFolder: settings.soundModel,
    speechModelFolder: settings.speechModel,
    keyframesPerHour: settings.keyframesPerHour ?? 360,
    hardwareDecoding: settings.hardwareDecoding,
    path: process.env.PATH ?? '',
  }
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
  const problem = result.success ? 'a list is no object' : complaint(result.issues[0])
  throw new MediaForgeError('CONFIG_INVALID', `${source}: ${problem}`, {
    hint: `settings are ${Object.keys(VARIABLES).join(', ')}`,
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
