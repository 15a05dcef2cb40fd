import {join} from 'node:path'
import {parentPort, workerData} from 'node:worker_threads'
import {Tensor} from 'onnxruntime-node'
import {openedOnce} from '../../domain/opened-once.js'
import {answerRequests, type Request} from '../threads/worker-thread.js'
import {assertInputs, inputOf, mismatch, openSession} from '../inference/session.js'
import type {ClassifierData, Work} from './messages.js'

/** The thread in which a sound classifier runs: onnxruntime computes in the thread that asks it. */
if (parentPort === null) throw new Error('this file is started by classifier.ts as a worker thread')

const model = openedOnce(() => openClassifier(workerData as ClassifierData))

answerRequests<Work>(parentPort, async ({ask}: Request<Work>) => (await model.get())(ask))

async function openClassifier({
  folder,
  manifest,
  labels,
}: ClassifierData): Promise<(window: Float32Array) => Promise<Float32Array>> {
  const {file, input, output, windowSamples} = manifest
  const path = join(folder, file)
  // A window of a second is too small to be worth sharing out.
  const session = await openSession(path, 1)
  const {shape} = inputOf(session, path, input, ['float32'])
  assertInputs(session, path, [input])
  if (!session.outputNames.includes(output)) {
    throw mismatch(path, `it has no output '${output}', only ${session.outputNames.join(', ')}`)
  }
  const sizes = [...Array<number>(Math.max(0, shape.length - 1)).fill(1), windowSamples]
  return async window => {
    const scores = (await session.run({[input]: new Tensor('float32', window, sizes)}, [output]))[output] as Tensor
    if (scores.data.length !== labels) {
      throw mismatch(path, `its output '${output}' holds ${scores.data.length} scores a window, and there are ${labels} labels`)
    }
    return Float32Array.from(scores.data as Float32Array)
  }
}
