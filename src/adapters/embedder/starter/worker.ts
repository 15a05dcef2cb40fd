import {parentPort} from 'node:worker_threads'
import {loadDetector, type Detector} from './detector.js'
import {COCO_LABELS} from './coco.js'
import {labelVectors, weightedMean} from './label-vectors.js'
import {MediaForgeError} from '../../../domain/errors.js'
import {openedOnce} from '../../../domain/opened-once.js'
import {answerRequests} from '../../threads/worker-thread.js'
import type {Work} from './messages.js'
import {core, wasm} from './tensorflow.js'
import {loadTextEncoder, type TextEncoder} from './text-encoder.js'
import {packageFolder} from './weights.js'

/** The thread in which the starter models run. Each model is loaded when it is first needed, and requests are answered in order. */
if (parentPort === null) throw new Error('this file is started by starter.ts as a worker thread')
const port = parentPort

interface Models {
  detector: Detector
  labels: ReadonlyMap<string, Float32Array>
}

const backend = openedOnce(useWasm)
const encoder = openedOnce(loadTextEncoder)
const models = openedOnce(loadModels)

answerRequests<Work>(
  port,
  ({kind, ask}) => (kind === 'texts' ? embedTexts(ask) : embedPicture(ask)),
  error => {
    const {code} = error as NodeJS.ErrnoException
    const isMissing = code === 'ENOENT' || code === 'MODULE_NOT_FOUND'
    return isMissing ? new MediaForgeError('MODEL_MISSING', error.message, {hint: 'install again: npm ci'}) : error
  },
)

function useWasm(): Promise<boolean> {
  wasm.setWasmPaths(`${packageFolder('@tensorflow/tfjs-backend-wasm')}/`)
  return core.setBackend('wasm')
}

async function textEncoder(): Promise<TextEncoder> {
  await backend.get()
  return encoder.get()
}

async function embedTexts(texts: string[]): Promise<Float32Array[]> {
  return (await textEncoder())(texts)
}

async function embedPicture(pixels: Work['picture']['ask']): Promise<Work['picture']['answer']> {
  const {detector, labels} = await models.get()
  const detections = await detector(pixels)
  return {vector: weightedMean(detections, labels), detections}
}

async function loadModels(): Promise<Models> {
  const encode = await textEncoder()
  const prompts = await encode(COCO_LABELS.map(label => `a photo of ${/^[aeiou]/.test(label) ? 'an' : 'a'} ${label}`))
  const vectors = labelVectors(prompts).entries()
  return {detector: await loadDetector(), labels: new Map([...vectors].map(([i, vector]) => [COCO_LABELS[i] ?? '', vector]))}
}
