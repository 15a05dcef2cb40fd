import {join} from 'node:path'
import type {SoundClassifier} from '../../domain/ports/listening.js'
import {WorkerThread} from '../threads/worker-thread.js'
import {readLabels} from './labels.js'
import {readSoundClassifierManifest} from './manifest.js'
import type {ClassifierData, Work} from './messages.js'

/**
 * Any classifier of sound windows in ONNX (YAMNet and its kin), as its folder's `model.json` describes it, in a thread of its own. It is loaded by the
 * first window. Rejects like `readManifestOf` and `readLabels`.
 */
export async function openSoundClassifier(folder: string): Promise<SoundClassifier> {
  const manifest = await readSoundClassifierManifest(folder)
  const labels = await readLabels(join(folder, manifest.labels))
  const data: ClassifierData = {folder, manifest, labels: labels.length}
  const thread = new WorkerThread<Work>(new URL('./worker.js', import.meta.url), data)
  return {
    model: manifest.name,
    labels,
    windowSamples: manifest.windowSamples,
    classify: (window, {signal} = {}) => thread.ask('classify', window, signal),
    [Symbol.asyncDispose]: () => thread.close(),
  }
}
