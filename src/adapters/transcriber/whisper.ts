import {basename, dirname} from 'node:path'
import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'
import type {Transcriber} from '../../domain/ports/transcriber.js'
import type {Cue} from '../../domain/subtitles.js'

/** What is used of `@huggingface/transformers`, which people who want speech written down install beside this program. */
interface Transformers {
  env: {allowRemoteModels: boolean; localModelPath: string}
  pipeline: (task: 'automatic-speech-recognition', model: string, options: {local_files_only: true}) => Promise<Recognise>
}

interface Recognise {
  (samples: Float32Array, options: {return_timestamps: true}): Promise<Recognised>
  dispose?: () => Promise<void>
}

interface Recognised {
  text: string
  chunks?: {timestamp: [number, number | null]; text: string}[]
}

const PACKAGE = '@huggingface/transformers'

/** A Whisper model in ONNX in a folder, run by transformers.js. Nothing is downloaded. `load` stands for importing that package. */
export function openWhisper(folder: string, load: () => Promise<unknown> = () => import(PACKAGE)): Transcriber {
  let recogniser: Promise<Recognise> | undefined
  const open = async (): Promise<Recognise> => {
    const {env, pipeline} = await load().then(
      module => module as Transformers,
      (error: unknown) => {
        throw new MediaForgeError('BACKEND_UNAVAILABLE', `writing down speech needs the package ${PACKAGE}`, {
          hint: `npm install ${PACKAGE}`,
          cause: error,
        })
      },
    )
    env.allowRemoteModels = false
    env.localModelPath = dirname(folder)
    try {
      return await pipeline('automatic-speech-recognition', basename(folder), {local_files_only: true})
    } catch (error) {
      throw new MediaForgeError('MODEL_MISSING', `${folder} holds no Whisper model that can be loaded`, {cause: error})
    }
  }
  return {
    model: basename(folder),
    async transcribe(samples, {signal} = {}) {
      const recognise = await (recogniser ??= open())
      throwIfCancelled(signal)
      return cuesOf(await recognise(samples, {return_timestamps: true}), samples.length / SAMPLES_A_MS)
    },
    async [Symbol.asyncDispose]() {
      await (await recogniser?.catch(() => null))?.dispose?.()
    },
  }
}

const SAMPLES_A_MS = 16

/** The model leaves the end of its last words open where it ran out of sound. */
function cuesOf({text, chunks}: Recognised, durationMs: number): Cue[] {
  const spans = chunks ?? [{timestamp: [0, null] as [number, null], text}]
  return spans
    .map(({timestamp: [start, end], text}) => ({
      startMs: Math.round(start * 1000),
      endMs: Math.round(end === null ? durationMs : end * 1000),
      text: text.trim(),
    }))
    .filter(({startMs, endMs, text}) => text !== '' && endMs > startMs)
}
