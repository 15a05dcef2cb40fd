/** Waits for whichever comes first: a moment, or a call. Calls between two waits are not lost. */
export class Alarm {
  #ring: (() => void) | undefined
  #rang = false

  ring(): void {
    this.#rang = true
    this.#ring?.()
  }

  /** Resolves at a moment (by `performance.now()`), when it rings, or on abort. */
  async wait(until: number, signal: AbortSignal): Promise<void> {
    if (!this.#rang && !signal.aborted) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(end, Math.max(0, until - performance.now()))
        const stop = (): void => end()
        function end(): void {
          clearTimeout(timer)
          signal.removeEventListener('abort', stop)
          resolve()
        }
        this.#ring = end
        signal.addEventListener('abort', stop)
      })
    }
    this.#ring = undefined
    this.#rang = false
  }
}
