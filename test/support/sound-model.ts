import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {onnxGraph} from './onnx-graph.js'

const WINDOW = 15_600

/** Its manifest, as that of YAMNet in the catalogue. */
export const CLASSIFIER_MANIFEST = {
  name: 'pitches',
  kind: 'sound-classifier',
  title: 'high and low sounds',
  licence: {id: 'MIT', url: 'https://example.org/mit'},
  file: 'pitches.onnx',
  input: 'waveform',
  output: 'output_0',
  sampleRateHz: 16_000,
  windowSamples: WINDOW,
  labels: 'class_map.csv',
}

/** What it tells apart, as AudioSet's table has it: names with commas in quotation marks. */
const CLASS_MAP = 'index,mid,display_name\r\n0,/m/1,"Growl, deep (low)"\r\n1,/m/2,Whistle\r\n'

/** Writes a classifier of a few hundred bytes with the shape of YAMNet: it tells by how much samples differ from their neighbours whether they growl or whistle. */
export async function makeClassifier(folder: string, change: object = {}, labels = CLASS_MAP): Promise<string> {
  const {add, floats, whole, finish} = onnxGraph()
  const part = (from: number, to: number): string => add('Slice', ['waveform', whole(from), whole(to)])
  const step = add('Abs', [add('Sub', [part(1, WINDOW), part(0, WINDOW - 1)])])
  const mean = (values: string): string => add('ReduceMean', [values], {keepdims: 1})
  const roughness = add('Div', [mean(step), add('Add', [mean(add('Abs', ['waveform'])), floats([1], [1e-6])])])
  const high = add('Sigmoid', [add('Mul', [add('Sub', [roughness, floats([1], [0.5])]), floats([1], [20])])])
  const both = add('Concat', [add('Sub', [floats([1], [1]), high]), high], {axis: 0})
  add('Unsqueeze', [both, whole(0)], undefined, 'output_0')
  const bytes = finish({
    inputs: [{name: 'waveform', type: 'float32', shape: ['samples']}],
    outputs: [{name: 'output_0', type: 'float32', shape: ['frames', 2]}],
  })
  const manifest = {...CLASSIFIER_MANIFEST, ...change}
  await mkdir(folder, {recursive: true})
  await writeFile(join(folder, 'pitches.onnx'), bytes)
  await writeFile(join(folder, manifest.labels), labels)
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest))
  return folder
}
