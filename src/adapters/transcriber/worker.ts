import {parentPort, workerData} from 'node:worker_threads'
import {openedOnce} from '../../domain/opened-once.js'
import {answerRequests, type Request} from '../threads/worker-thread.js'
import type {RecogniserData, Work} from './messages.js'
import {openSpeechModel} from './speech-model.js'

/** The thread in which a Whisper model runs: onnxruntime computes in the thread that asks it. */
if (parentPort === null) throw new Error('this file is started by whisper.ts as a worker thread')

const model = openedOnce(() => openSpeechModel(workerData as RecogniserData))

answerRequests<Work>(parentPort, async ({ask}: Request<Work>) => (await model.get())(ask))
