import {MediaForgeError} from '../../domain/errors.js'
import type {Transcriber} from '../../domain/ports/transcriber.js'
import {WorkerThread} from '../threads/worker-thread.js'
import {readSpeechManifest} from './manifest.js'
import type {RecogniserData, Work} from './messages.js'

/**
 * A Whisper model in ONNX as transformers.js lays it out (an encoder, a decoder with a cache), in a thread of its own. It is loaded by the first speech.
 * Rejects like `readSpeechManifest`.
 */
export async function openWhisper({folder, threads}: {folder: string; threads: number}): Promise<Transcriber> {
  const manifest = await readSpeechManifest(folder)
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const data: RecogniserData = {folder, manifest, threads, stop}
  const thread = new WorkerThread<Work>(new URL('./worker.js', import.meta.url), data)
  return {
    model: manifest.name,
    async transcribe(samples, {signal} = {}) {
      if (stop[0] !== 0) throw new MediaForgeError('BACKEND_UNAVAILABLE', 'the transcriber is closed')
      return thread.ask('transcribe', samples, signal)
    },
    async [Symbol.asyncDispose]() {
      Atomics.store(stop, 0, 1)
      await thread.close()
    },
  }
}
