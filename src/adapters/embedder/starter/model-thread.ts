import {Worker} from 'node:worker_threads'
import {MediaForgeError} from '../../../domain/errors.js'
import type {Response, Work} from './messages.js'

interface Pending {
  resolve: (answer: Work[keyof Work]['answer']) => void
  reject: (error: Error) => void
}

/** One thread with models of its own. It starts with the first request, and does not keep the process alive while it has nothing to do. */
export class ModelThread {
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | undefined
  #lastId = 0

  /** How many requests wait or run. */
  get load(): number {
    return this.#pending.size
  }

  /** Rejects with `CANCELLED` as soon as the signal is aborted; the thread finishes what it has begun and nobody hears of it. */
  ask<Kind extends keyof Work>(
    kind: Kind,
    ask: Work[Kind]['ask'],
    signal: AbortSignal | undefined,
  ): Promise<Work[Kind]['answer']> {
    if (signal?.aborted === true) return Promise.reject(cancelled(signal))
    const worker = (this.#worker ??= this.#start())
    const id = ++this.#lastId
    return new Promise<Work[Kind]['answer']>((resolve, reject) => {
      const onAbort = (): void => {
        this.#settle(id)?.reject(cancelled(signal))
      }
      signal?.addEventListener('abort', onAbort, {once: true})
      const stopListening = (): void => signal?.removeEventListener('abort', onAbort)
      this.#pending.set(id, {
        resolve(answer) {
          stopListening()
          resolve(answer)
        },
        reject(error) {
          stopListening()
          reject(error)
        },
      })
      worker.ref()
      worker.postMessage({id, kind, ask})
    })
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#failAll(new MediaForgeError('CANCELLED', 'the embedder was closed'))
    await worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url))
    worker.on('message', (response: Response) => {
      const asked = this.#settle(response.id)
      if ('answer' in response) asked?.resolve(response.answer)
      else asked?.reject(errorOf(response.error))
    })
    worker.on('error', error => {
      this.#failAll(new MediaForgeError('BACKEND_UNAVAILABLE', `the model thread stopped: ${error.message}`, {cause: error}))
    })
    return worker
  }

  #settle(id: number): Pending | undefined {
    const asked = this.#pending.get(id)
    this.#pending.delete(id)
    if (this.#pending.size === 0) this.#worker?.unref()
    return asked
  }

  #failAll(error: Error): void {
    for (const {reject} of this.#pending.values()) reject(error)
    this.#pending.clear()
    this.#worker = undefined
  }
}

function cancelled(signal: AbortSignal | undefined): MediaForgeError {
  return new MediaForgeError('CANCELLED', 'interrupted', {cause: signal?.reason})
}

function errorOf({code, message}: {code: 'MODEL_MISSING' | null; message: string}): Error {
  return code === null ? new Error(message) : new MediaForgeError(code, message, {hint: 'install again: npm ci'})
}
