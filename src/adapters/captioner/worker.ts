import {parentPort, workerData} from 'node:worker_threads'
import {openedOnce} from '../../domain/opened-once.js'
import {answerRequests, type Request} from '../threads/worker-thread.js'
import {openCaptionModel} from './caption-model.js'
import type {CaptionerData, Work} from './messages.js'

/** The thread in which a captioner runs: onnxruntime computes in the thread that asks it. Pictures are described in order. */
if (parentPort === null) throw new Error('this file is started by captioner.ts as a worker thread')
const port = parentPort

const describe = openedOnce(() => openCaptionModel(workerData as CaptionerData))

answerRequests<Work>(port, async ({ask}: Request<Work>) => (await describe.get())(ask))
