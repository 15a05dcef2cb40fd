import {join} from 'node:path'
import type {InferenceSession} from 'onnxruntime-node'
import {MediaForgeError} from '../../domain/errors.js'
import type {SoundClassifier} from '../../domain/ports/listening.js'
import {readSoundModel} from './manifest.js'
import {openSession} from './session.js'

/** Any classifier of sound windows in ONNX (YAMNet and its kin), as its folder's `model.json` describes it. */
export async function openSoundClassifier(folder: string): Promise<SoundClassifier> {
  const {name, file, input, output, windowSamples, labels} = await readSoundModel(folder)
  let session: Promise<InferenceSession> | undefined
  return {
    model: name,
    labels,
    windowSamples,
    async classify(window) {
      const model = await (session ??= openSession(join(folder, file)))
      const {Tensor} = await import('onnxruntime-node')
      const scores = (await model.run({[input]: new Tensor('float32', window, [windowSamples])}))[output]?.data
      if (scores?.length !== labels.length) {
        throw new MediaForgeError('CONFIG_INVALID', `the model's output '${output}' does not hold ${labels.length} scores`)
      }
      return Float32Array.from(scores as Float32Array)
    },
    async [Symbol.asyncDispose]() {
      await (await session?.catch(() => null))?.release()
    },
  }
}
