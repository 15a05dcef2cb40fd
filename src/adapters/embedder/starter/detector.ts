import {join} from 'node:path'
import type {Tensor} from '@tensorflow/tfjs-core'
import type {Detection, Pixels} from '../../../domain/media.js'
import {CENTERNET_SIDE, COCO_LABELS} from './coco.js'
import {core} from './tensorflow.js'
import {loadModel, packageFolder} from './weights.js'

/** Detections of one picture, best first. */
export type Detector = (pixels: Pixels) => Promise<Detection[]>

/** Weaker ones are noise: below 0.1 they lowered retrieval on captioned photographs. */
const LEAST_SCORE = 0.1

/**
 * CenterNet (Zhou et al. 2019, arXiv 1904.07850) with COCO classes. Takes a 512 × 512 picture; rows of its output are
 * `[x1, y1, x2, y2, score, class]` in pixels of that square.
 */
export async function loadDetector(): Promise<Detector> {
  const model = await loadModel(join(packageFolder('@vladmandic/human'), '../models'), 'centernet.json')
  const input = model.inputs[0]?.name ?? ''
  return async ({width, height, data}) => {
    const pixels = core.tidy(() => core.cast(core.tensor(data, [1, height, width, 3], 'int32'), 'float32'))
    const output = model.execute({[input]: pixels}, 'tower_0/detections') as Tensor
    pixels.dispose()
    const rows = await output.data()
    output.dispose()
    const detections: Detection[] = []
    for (let i = 0; i + 5 < rows.length; i += 6) {
      const [x1, y1, x2, y2, score, label] = rows.slice(i, i + 6) as unknown as [number, number, number, number, number, number]
      const name = COCO_LABELS[label]
      if (name === undefined || score < LEAST_SCORE) continue
      detections.push({label: name, score: round(score), box: [fraction(x1), fraction(y1), fraction(x2), fraction(y2)]})
    }
    return detections.sort((a, b) => b.score - a.score)
  }
}

function fraction(pixel: number): number {
  return round(Math.min(1, Math.max(0, pixel / CENTERNET_SIDE)))
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
