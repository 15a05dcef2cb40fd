import {availableParallelism} from 'node:os'
import {MediaForgeError} from '../../../domain/errors.js'
import type {Embedder} from '../../../domain/ports/embedder.js'
import {CENTERNET_SIDE} from './coco.js'
import {WorkerThread} from '../../threads/worker-thread.js'
import type {Work} from './messages.js'

/** Grey as the detector saw it around letterboxed pictures. */
const LETTERBOX = [114, 114, 114] as const

/** Pictures lie between 0.1 and 0.5, of texts 98 in 100 unrelated ones below 0.35: see docs/decisions. */
const SCALE = {picture: {least: 0.1, sure: 0.5}, text: {least: 0.35, sure: 0.85}}

/** WebAssembly runs one picture on one core. Each thread holds its own models, 250 MB, so there are never many. */
const MOST_THREADS = 4

/**
 * The embedder that needs no download: a CenterNet detector whose labels are placed in the space of the Universal Sentence Encoder lite (see
 * `label-vectors.ts`). Texts go to one thread, pictures to whichever has least to do.
 */
export function openStarterEmbedder(): Embedder {
  const worker = new URL('./worker.js', import.meta.url)
  const threads = Array.from({length: Math.min(MOST_THREADS, availableParallelism())}, () => new WorkerThread<Work>(worker))
  const idlest = (): WorkerThread<Work> => threads.reduce((best, thread) => (thread.load < best.load ? thread : best))
  let closed = false
  const assertOpen = (): void => {
    if (closed) throw new MediaForgeError('BACKEND_UNAVAILABLE', 'the embedder is closed')
  }

  return {
    space: {name: 'starter-1', dimension: 512, scale: SCALE},
    pictureRule: {width: CENTERNET_SIDE, height: CENTERNET_SIDE, fit: 'contain', background: LETTERBOX},
    model: 'centernet',
    scoring: null,
    async embedTexts(texts, {signal} = {}) {
      assertOpen()
      return (threads[0] as WorkerThread<Work>).ask('texts', texts, signal)
    },
    async embedPictures(pictures, {signal} = {}) {
      assertOpen()
      return Promise.all(pictures.map(picture => idlest().ask('picture', picture, signal)))
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await Promise.all(threads.map(thread => thread.close()))
    },
  }
}
