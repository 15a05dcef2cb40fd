import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'

/** Lets work through one at a time, in the order it came. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve()

  /** Rejects with `CANCELLED`, without its turn, as soon as the signal is aborted while it waits. Work that runs looks at the signal itself. */
  async take<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfCancelled(signal)
    let running = false
    const turn = this.last.then(() => {
      throwIfCancelled(signal)
      running = true
      return work()
    })
    this.last = turn.catch(() => undefined)
    if (signal === undefined) return turn
    const aborted = new Promise<never>((_, reject) => {
      const give = (): void => {
        if (!running) reject(new MediaForgeError('CANCELLED', 'interrupted', {cause: signal.reason}))
      }
      signal.addEventListener('abort', give, {once: true})
      void this.last.then(() => signal.removeEventListener('abort', give))
    })
    return Promise.race([turn, aborted])
  }

  /** Resolves when everything that was asked for has ended. */
  async end(): Promise<void> {
    await this.last
  }
}
