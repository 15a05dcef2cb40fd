import {parentPort, workerData} from 'node:worker_threads'
import {openedOnce} from '../../../domain/opened-once.js'
import {answerRequests, type Request} from '../../threads/worker-thread.js'
import type {ModelData, Work} from './messages.js'
import {openPictureTower} from './picture-tower.js'
import {openTextTower} from './text-tower.js'

/**
 * The thread in which a dual encoder runs: onnxruntime computes in the thread that asks it, and would hold up everything else. Each tower is loaded
 * when it is first needed, and requests are answered in order.
 */
if (parentPort === null) throw new Error('this file is started by dual-encoder.ts as a worker thread')
const port = parentPort
const model = workerData as ModelData

const pictures = openedOnce(() => openPictureTower(model))
const texts = openedOnce(() => openTextTower(model))

answerRequests<Work>(port, run)

async function run({kind, ask}: Request<Work>): Promise<Float32Array[]> {
  if (kind === 'texts') return (await texts.get())(ask)
  return (await pictures.get())(ask)
}
