import {MediaForgeError} from '../../domain/errors.js'
import type {Captioner} from '../../domain/ports/captioner.js'
import {WorkerThread} from '../threads/worker-thread.js'
import {readCaptionerManifest} from './manifest.js'
import type {CaptionerData, Work} from './messages.js'

/**
 * A model that writes about pictures, in ONNX as transformers.js lays it out (a vision encoder, embeddings of tokens, a decoder with a cache, and
 * an encoder where there is one), in a thread of its own. It is loaded by the first picture. Rejects like `readCaptionerManifest`.
 */
export async function openCaptioner({folder, threads}: {folder: string; threads: number}): Promise<Captioner> {
  const manifest = await readCaptionerManifest(folder)
  const {kernel, ...resize} = manifest.image.resize
  const {crop} = manifest.image
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const thread = new WorkerThread<Work>(new URL('./worker.js', import.meta.url), {
    folder,
    manifest,
    threads,
    stop,
  } satisfies CaptionerData)
  return {
    model: manifest.name,
    pictureRule: {...resize, ...(kernel === undefined ? {} : {kernel}), ...(crop === undefined ? {} : {crop})},

    async describe(picture, {signal} = {}) {
      if (stop[0] !== 0) throw new MediaForgeError('BACKEND_UNAVAILABLE', 'the captioner is closed')
      return thread.ask('describe', picture, signal)
    },

    async [Symbol.asyncDispose]() {
      Atomics.store(stop, 0, 1)
      await thread.close()
    },
  }
}
