import {parentPort} from 'node:worker_threads'
import {MediaForgeError} from '../../domain/errors.js'
import {answerRequests, type Request} from '../threads/worker-thread.js'
import {renderChat} from './chat-template.js'
import {compileJsonSchema, compileToGbnf} from './grammar/compile-schema.js'
import type {Work} from './thread.js'
import {MOST_MS, withinTime} from './within-time.js'

if (parentPort === null) throw new Error('this file is started by thread.ts as a worker thread')

answerRequests<Work>(parentPort, request => Promise.resolve(answerTo(request)))

function answerTo({kind, ask}: Request<Work>): Work[keyof Work]['answer'] {
  switch (kind) {
    case 'chat':
      return withinTime(() => renderChat(ask), MOST_MS, late('MODEL_INVALID', "the model's chat template"))
    case 'numbers':
      return withinTime(() => compileJsonSchema(JSON.parse(ask)), MOST_MS, late('USAGE', 'the schema'))
    case 'gbnf':
      return withinTime(() => compileToGbnf(JSON.parse(ask)), MOST_MS, late('USAGE', 'the schema'))
  }
}

function late(code: 'MODEL_INVALID' | 'USAGE', what: string): MediaForgeError {
  return new MediaForgeError(code, `${what} cannot be used: it takes too long`)
}
