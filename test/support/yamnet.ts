import {cp, mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Sandbox} from './sandbox.js'

/** Takes the YAMNet of the test data into a sandbox's folder of models, as its README describes it. */
export async function addYamnet(fixtures: string, box: Sandbox): Promise<void> {
  const folder = join(box.root, 'yamnet')
  await mkdir(folder)
  for (const file of ['yamnet.onnx', 'yamnet_label_list.txt']) await cp(join(fixtures, 'models/audio', file), join(folder, file))
  const manifest = {
    ...{name: 'yamnet', kind: 'sound-classifier', file: 'yamnet.onnx', input: 'input', output: 'output'},
    ...{sampleRateHz: 16_000, windowSamples: 15_600, labels: 'yamnet_label_list.txt'},
  }
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest))
  const added = await box.run(['models', 'add', folder])
  if (added.exitCode !== 0) throw new Error(added.stderr)
}
