import type * as Package from 'node-llama-cpp'
import {MediaForgeError, messageOf} from '../../../domain/errors.js'

const INSTALL = 'npm install node-llama-cpp'

/** Not a dependency: it is many times as large as this program. Rejects with `BACKEND_UNAVAILABLE` where nobody installed it. */
export async function importPackage(): Promise<typeof Package> {
  try {
    return await import('node-llama-cpp')
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    const message = isMissing ? 'node-llama-cpp is not installed' : `node-llama-cpp cannot be loaded: ${messageOf(error)}`
    throw new MediaForgeError('BACKEND_UNAVAILABLE', message, {hint: INSTALL, cause: error})
  }
}

let started: Promise<Package.Llama> | undefined
let complaint = ''

/** One for all models: it is what shares the machine's cores among them. Only prebuilt binaries: nothing is downloaded or compiled. */
export async function startLlama({getLlama, LlamaLogLevel}: typeof Package): Promise<Package.Llama> {
  started ??= getLlama({
    gpu: 'auto',
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
    maxThreads: 0,
    // It says why a model does not load only here.
    logger: (_, message) => (complaint = message.trim() === '' ? complaint : message.trim()),
  })
  try {
    return await started
  } catch (error) {
    started = undefined
    throw new MediaForgeError('BACKEND_UNAVAILABLE', `llama.cpp does not run here: ${messageOf(error)}`, {
      hint: INSTALL,
      cause: error,
    })
  }
}

/** What llama.cpp complained of last; nothing where it has not complained since this was asked. */
export function lastComplaint(): string {
  const last = complaint
  complaint = ''
  return last
}
