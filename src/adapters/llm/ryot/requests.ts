import {MediaForgeError, throwIfCancelled} from '../../../domain/errors.js'
import type {RyotEngine} from '../../native/ryot.js'
import {Turns} from '../turns.js'
import {translated} from './errors.js'

/** One call of the engine: it takes the id that aborts it. */
type Call<T> = (engine: RyotEngine, id: number) => Promise<T>

/** What somebody asked for: calls of the engine, one after another. */
export type Request = <T>(call: Call<T>) => Promise<T>

/** An engine whose requests run one at a time, in the order they came, and can be aborted one by one; with this program's errors. */
export class Requests {
  private readonly turns = new Turns()
  private lastId = 0
  private closed: Promise<void> | undefined

  constructor(private readonly engine: RyotEngine) {}

  /** Rejects with `CANCELLED` once the signal is aborted or the engine is closed. */
  async run<T>(signal: AbortSignal | undefined, work: (request: Request) => Promise<T>): Promise<T> {
    if (this.closed !== undefined) throw new MediaForgeError('BACKEND_UNAVAILABLE', 'the model is closed')
    return this.turns.take(signal, () => this.runNow(signal, work))
  }

  async close(): Promise<void> {
    await (this.closed ??= this.engine.close())
  }

  private async runNow<T>(signal: AbortSignal | undefined, work: (request: Request) => Promise<T>): Promise<T> {
    const id = ++this.lastId
    const abort = (): void => this.engine.abort(id)
    signal?.addEventListener('abort', abort, {once: true})
    try {
      return await work(call => {
        // Between two calls there is nothing that could have been aborted.
        throwIfCancelled(signal)
        if (this.closed !== undefined) throw new MediaForgeError('CANCELLED', 'the model was closed')
        return call(this.engine, id)
      })
    } catch (error) {
      throw translated(error)
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }
}
