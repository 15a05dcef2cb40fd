import {once} from 'node:events'
import {Worker, type MessagePort, type ResourceLimits} from 'node:worker_threads'
import {MediaForgeError, type ErrorCode} from '../../domain/errors.js'

/** What a thread can be asked, by kind. */
type WorkMap<Work> = Record<keyof Work, {ask: unknown; answer: unknown}>

export type Request<Work extends WorkMap<Work>> = {
  [Kind in keyof Work]: {id: number; kind: Kind; ask: Work[Kind]['ask']}
}[keyof Work]

/** A code of null: nobody foresaw it. */
type Response<Work extends WorkMap<Work>> =
  {id: number; answer: Work[keyof Work]['answer']} | {id: number; error: {code: ErrorCode | null; message: string; hint?: string}}

interface Pending {
  resolve: (answer: unknown) => void
  reject: (error: Error) => void
}

/** What nobody asks for so long, such as a model that another took the place of, only holds memory; loading it again takes a second or two. */
const IDLE_MS = 120_000

/**
 * One thread with what it works with, such as models. It starts with the first request, and does not keep the process alive while it has nothing to do; when that has
 * lasted for a while it ends, and the next request starts another one.
 */
export class WorkerThread<Work extends WorkMap<Work>> {
  readonly #pending = new Map<number, Pending>()
  readonly #file: URL
  readonly #workerData: unknown
  readonly #resourceLimits: ResourceLimits
  readonly #idleMs: number
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #lastId = 0

  /** `file` runs in the thread and answers messages; `workerData` is what it is told at its start. */
  constructor(file: URL, workerData?: unknown, resourceLimits: ResourceLimits = {}, idleMs = IDLE_MS) {
    this.#file = file
    this.#workerData = workerData
    this.#resourceLimits = resourceLimits
    this.#idleMs = idleMs
  }

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
    clearTimeout(this.#idle)
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
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#failAll(new MediaForgeError('CANCELLED', 'the worker thread was closed'))
    if (worker === undefined) return
    // Ended from outside in the middle of native code, a thread takes the process with it.
    worker.ref()
    const ended = once(worker, 'exit')
    worker.postMessage(null)
    await ended
  }

  /** Ends the thread in the middle of what it does, and all its requests with this error; the next one gets a new thread. Not where native code runs. */
  terminate(error: Error): void {
    this.#worker?.unref()
    void this.#worker?.terminate()
    this.#failAll(error)
  }

  #start(): Worker {
    const worker = new Worker(this.#file, {workerData: this.#workerData, resourceLimits: this.#resourceLimits})
    worker.on('message', (response: Response<Work>) => {
      const asked = this.#settle(response.id)
      if ('answer' in response) asked?.resolve(response.answer)
      else asked?.reject(errorOf(response.error))
    })
    worker.on('error', error => {
      // One that was put away has no requests left, and another one may have taken its place.
      if (this.#worker !== worker) return
      this.#failAll(new MediaForgeError('BACKEND_UNAVAILABLE', `a worker thread stopped: ${error.message}`, {cause: error}))
    })
    return worker
  }

  #settle(id: number): Pending | undefined {
    const asked = this.#pending.get(id)
    this.#pending.delete(id)
    if (this.#pending.size > 0) return asked
    this.#worker?.unref()
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref()
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

function errorOf({code, message, hint}: {code: ErrorCode | null; message: string; hint?: string}): Error {
  return code === null ? new Error(message) : new MediaForgeError(code, message, hint === undefined ? {} : {hint})
}

/**
 * The other end, in the thread: answers requests in order, until the thread is to end; what waits then is not begun. `run` rejects with this
 * program's errors, or with `translate`'s of others.
 */
export function answerRequests<Work extends WorkMap<Work>>(
  port: MessagePort,
  run: (request: Request<Work>) => Promise<Work[keyof Work]['answer']>,
  translate: (error: Error) => MediaForgeError | Error = error => error,
): void {
  let queue: Promise<void> = Promise.resolve()
  let isEnding = false

  async function answer(request: Request<Work>): Promise<void> {
    if (isEnding) return
    let response: Response<Work>
    try {
      response = {id: request.id, answer: await run(request)}
    } catch (error) {
      const translated = translate(error as Error)
      const {message} = translated
      const [code, hint] = translated instanceof MediaForgeError ? [translated.code, translated.hint] : [null, undefined]
      response = {id: request.id, error: {code, message, ...(hint === undefined ? {} : {hint})}}
    }
    port.postMessage(response)
  }

  port.on('message', (request: Request<Work> | null) => {
    if (request === null) isEnding = true
    queue = request === null ? queue.then(() => port.close()) : queue.then(() => answer(request))
  })
}
