import {parentPort} from 'node:worker_threads'
import {MediaForgeError} from '../../domain/errors.js'
import {answerRequests} from '../inference/model-thread.js'
import {renderChat} from './chat-template.js'
import {compileJsonSchema} from './grammar/compile-schema.js'
import type {Work} from './thread.js'
import {withinTime} from './within-time.js'

if (parentPort === null) throw new Error('this file is started by thread.ts as a worker thread')

/** Far more than anything takes that a person has written. */
const MOST_MS = 2000

answerRequests<Work>(parentPort, request => Promise.resolve(request.kind === 'chat' ? chat(request.ask) : schema(request.ask)))

function chat(task: Work['chat']['ask']): string {
  const late = new MediaForgeError('MODEL_INVALID', "the model's chat template cannot be used: it takes too long")
  return withinTime(() => renderChat(task), MOST_MS, late)
}

function schema(text: string): Int32Array {
  const late = new MediaForgeError('USAGE', 'the schema takes too long to understand')
  return withinTime(() => compileJsonSchema(JSON.parse(text)), MOST_MS, late)
}
