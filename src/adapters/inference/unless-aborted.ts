import {MediaForgeError} from '../../domain/errors.js'

/** Rejects with `CANCELLED` as soon as the signal is aborted: the work finishes what it has begun, and nobody hears of it. */
export function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(new MediaForgeError('CANCELLED', 'interrupted', {cause: signal.reason}))
    }
    signal.addEventListener('abort', stop, {once: true})
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
