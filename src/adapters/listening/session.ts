import {access} from 'node:fs/promises'
import type {InferenceSession} from 'onnxruntime-node'
import {MediaForgeError, messageOf} from '../../domain/errors.js'

/** Loads a model that listens. Rejects with `MODEL_MISSING`. */
export async function openSession(path: string): Promise<InferenceSession> {
  await access(path).catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `the model file ${path} is not there`, {cause: error})
  })
  const {InferenceSession: Ort} = await import('onnxruntime-node')
  try {
    // Windows of a second are too small to be worth sharing out.
    return await Ort.create(path, {executionProviders: ['cpu'], logSeverityLevel: 3, intraOpNumThreads: 1})
  } catch (error) {
    throw new MediaForgeError('MODEL_MISSING', `${path} is no model that onnxruntime can load: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
