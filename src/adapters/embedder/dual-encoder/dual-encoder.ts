import {MediaForgeError, throwIfCancelled} from '../../../domain/errors.js'
import type {Pixels} from '../../../domain/media.js'
import type {Embedder} from '../../../domain/ports/embedder.js'
import {WorkerThread} from '../../threads/worker-thread.js'
import {unlessAborted} from '../../inference/unless-aborted.js'
import {readManifest} from './manifest.js'
import type {Work} from './messages.js'

/** A text tower answers in milliseconds: so many texts at a time keep an interruption quick. */
const TEXTS_A_REQUEST = 64

/**
 * Any image-text dual encoder in ONNX, as its folder's `model.json` describes it, in a thread of its own. Each tower is loaded when it is first
 * needed, so a search loads only the text tower. Pictures that come while the model works wait together and are run together. Rejects like
 * `readManifest`.
 */
export async function openDualEncoder(config: {modelFolder: string | undefined; threads: number}): Promise<Embedder> {
  const {modelFolder: folder, threads} = config
  if (folder === undefined) {
    throw new MediaForgeError('CONFIG_INVALID', 'no model was named', {hint: 'mediaforge models use clip'})
  }
  const manifest = await readManifest(folder)
  const {image, scoring, calibration} = manifest
  const {kernel, ...resize} = image.resize
  const thread = new WorkerThread<Work>(new URL('./worker.js', import.meta.url), {folder, manifest, threads})
  let closed = false
  const assertOpen = (): void => {
    if (closed) throw new MediaForgeError('BACKEND_UNAVAILABLE', 'the embedder is closed')
  }
  const queue = pictureQueue(image.batch, pictures => thread.ask('pictures', pictures, undefined))

  return {
    space: {name: manifest.space ?? manifest.name, dimension: manifest.dimension, scale: manifest.scale},
    pictureRule: {
      ...resize,
      ...(kernel === undefined ? {} : {kernel}),
      ...(image.crop === undefined ? {} : {crop: image.crop}),
    },
    model: manifest.name,
    scoring: scoring === undefined ? null : {...scoring, calibration: calibration ?? null},

    async embedTexts(texts, {signal} = {}) {
      assertOpen()
      const vectors: Float32Array[] = []
      for (let from = 0; from < texts.length; from += TEXTS_A_REQUEST) {
        vectors.push(...(await thread.ask('texts', texts.slice(from, from + TEXTS_A_REQUEST), signal)))
      }
      return vectors
    },

    async embedPictures(pictures, {signal} = {}) {
      assertOpen()
      throwIfCancelled(signal)
      const vectors = await unlessAborted(Promise.all(pictures.map(queue)), signal)
      return vectors.map(vector => ({vector, detections: []}))
    },

    async [Symbol.asyncDispose]() {
      closed = true
      await thread.close()
    },
  }
}

interface Waiting {
  picture: Pixels
  resolve: (vector: Float32Array) => void
  reject: (error: unknown) => void
}

/**
 * Collects pictures for as long as a batch is away, and sends at most `batch` of them next. A full batch goes ahead, which keeps the model from
 * waiting; fewer stay, because a picture costs a large model a third more alone than in a batch.
 */
function pictureQueue(
  batch: number,
  run: (pictures: Pixels[]) => Promise<Float32Array[]>,
): (picture: Pixels) => Promise<Float32Array> {
  const waiting: Waiting[] = []
  const MOST_AWAY = 2
  let away = 0

  const send = async (): Promise<void> => {
    if (waiting.length < (away === 0 ? 1 : batch) || away >= MOST_AWAY) return
    const some = waiting.splice(0, batch)
    away++
    try {
      const vectors = await run(some.map(({picture}) => picture))
      for (const [i, {resolve}] of some.entries()) resolve(vectors[i] as Float32Array)
    } catch (error) {
      for (const {reject} of some) reject(error)
    } finally {
      away--
      void send()
    }
  }
  return picture =>
    new Promise((resolve, reject) => {
      waiting.push({picture, resolve, reject})
      // Those that are asked for in one go shall travel together.
      queueMicrotask(() => void send())
    })
}
