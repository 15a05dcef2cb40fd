import {expect, test} from 'vitest'
import {WorkerThread} from '../../../src/adapters/threads/worker-thread.js'

interface Work {
  thread: {ask: number; answer: number}
}

/** A thread that answers which one it is, after so many milliseconds. */
const WORKER = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import {parentPort, threadId} from 'node:worker_threads'
    parentPort.on('message', request => {
      if (request === null) return parentPort.close()
      setTimeout(() => parentPort.postMessage({id: request.id, answer: threadId}), request.ask)
    })`)}`,
)

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

test('a thread that nobody asks for a while ends, and the next request starts another one', async () => {
  const thread = new WorkerThread<Work>(WORKER, undefined, {}, 300)
  const ask = (ms: number): Promise<number> => thread.ask('thread', ms, undefined)
  const first = await ask(0)
  // Not while it works, nor before it was idle for so long.
  expect(await ask(600)).toBe(first)
  await pause(50)
  expect(await ask(0)).toBe(first)
  await pause(600)
  const second = await ask(0)
  expect(second).not.toBe(first)
  await thread.close()
  expect(await ask(0)).not.toBe(second)
  await thread.close()
})
