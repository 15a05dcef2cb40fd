import {join} from 'node:path'
import type {Pixels} from '../../../domain/media.js'
import type {ModelData} from './messages.js'
import {pictureInput} from '../../inference/picture-input.js'
import {assertInputs, assertOutput, openSession} from '../../inference/session.js'
import {vectorsOf} from './vectors.js'

/** One unit vector a picture, in order. */
export type PictureTower = (pictures: readonly Pixels[]) => Promise<Float32Array[]>

export async function openPictureTower({folder, manifest, threads}: ModelData): Promise<PictureTower> {
  const {image, dimension} = manifest
  const path = join(folder, image.file)
  const session = await openSession(path, threads)
  const input = pictureInput(session, path, image)
  assertInputs(session, path, [image.input])
  assertOutput(session, path, image.output, dimension)
  const batch = Math.min(image.batch, input.most ?? image.batch)

  return async pictures => {
    const vectors: Float32Array[] = []
    for (let from = 0; from < pictures.length; from += batch) {
      const some = pictures.slice(from, from + batch)
      const outputs = await session.run({[image.input]: input.tensorOf(some)}, [image.output])
      vectors.push(...vectorsOf(outputs, image.output, some.length, dimension))
    }
    return vectors
  }
}
