import {Worker} from 'node:worker_threads'
import {MediaForgeError} from '../../../domain/errors.js'
import type {Embedder} from '../../../domain/ports/embedder.js'
import {CENTERNET_SIDE} from './coco.js'
import type {Request, Response, Work} from './messages.js'

/** Grey as the detector saw it around letterboxed pictures. */
const LETTERBOX = [114, 114, 114] as const

interface Pending {
  resolve: (answer: Work[keyof Work]['answer']) => void
  reject: (error: unknown) => void
}

/**
 * The embedder that needs no download: a CenterNet detector whose labels are placed in the space of the Universal Sentence Encoder lite (see
 * `label-vectors.ts`). Both run in one worker thread, started by the first call.
 */
export function openStarterEmbedder(): Embedder {
  let worker: Worker | undefined
  let closed = false
  let lastId = 0
  const pending = new Map<number, Pending>()

  function failAll(error: unknown): void {
    for (const {reject} of pending.values()) reject(error)
    pending.clear()
    worker = undefined
  }

  function start(): Worker {
    const started = new Worker(new URL('./worker.js', import.meta.url))
    // Waiting work keeps the process alive by its promise; an idle model must not.
    started.unref()
    started.on('message', (response: Response) => {
      const asked = pending.get(response.id)
      pending.delete(response.id)
      if (pending.size === 0) started.unref()
      if (asked === undefined) return
      if ('answer' in response) asked.resolve(response.answer)
      else asked.reject(errorOf(response.error))
    })
    started.on('error', error => {
      failAll(new MediaForgeError('BACKEND_UNAVAILABLE', `the model thread stopped: ${error.message}`, {cause: error}))
    })
    return started
  }

  async function ask<Kind extends keyof Work>(
    kind: Kind,
    asked: Work[Kind]['ask'],
    signal: AbortSignal | undefined,
  ): Promise<Work[Kind]['answer']> {
    if (closed) throw new MediaForgeError('BACKEND_UNAVAILABLE', 'the embedder is closed')
    if (signal?.aborted === true) throw cancelled(signal)
    worker ??= start()
    worker.ref()
    const id = ++lastId
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        pending.delete(id)
        if (pending.size === 0) worker?.unref()
        reject(cancelled(signal))
      }
      signal?.addEventListener('abort', onAbort, {once: true})
      const settle = <Args extends unknown[]>(then: (...args: Args) => void) => {
        return (...args: Args): void => {
          signal?.removeEventListener('abort', onAbort)
          then(...args)
        }
      }
      pending.set(id, {resolve: settle(resolve as Pending['resolve']), reject: settle(reject)})
      worker?.postMessage({id, kind, ask: asked} as Request)
    })
  }

  return {
    space: {name: 'starter-1', dimension: 512, cutOff: 0.15},
    pictureRule: {width: CENTERNET_SIDE, height: CENTERNET_SIDE, fit: 'contain', background: LETTERBOX},
    model: 'centernet',
    embedTexts: (texts, {signal} = {}) => ask('texts', texts, signal),
    embedPictures: (pictures, {signal} = {}) => Promise.all(pictures.map(picture => ask('picture', picture, signal))),
    async [Symbol.asyncDispose]() {
      closed = true
      const running = worker
      failAll(new MediaForgeError('CANCELLED', 'the embedder was closed'))
      await running?.terminate()
    },
  }
}

function cancelled(signal: AbortSignal | undefined): MediaForgeError {
  return new MediaForgeError('CANCELLED', 'interrupted', {cause: signal?.reason})
}

function errorOf({code, message}: {code: 'MODEL_MISSING' | null; message: string}): Error {
  return code === null ? new Error(message) : new MediaForgeError(code, message, {hint: 'install again: npm ci'})
}
