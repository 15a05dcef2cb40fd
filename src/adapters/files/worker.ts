import {parentPort} from 'node:worker_threads'
import {answerRequests, type Request} from '../threads/worker-thread.js'
import {identifyMany} from './identity.js'
import type {Work} from './messages.js'

/** The thread in which files are read while the program writes. */
if (parentPort === null) throw new Error('this file is started by file-system.ts as a worker thread')

answerRequests<Work>(parentPort, ({ask}: Request<Work>) => identifyMany(ask))
