import {join} from 'node:path'
import {Tensor} from 'onnxruntime-node'
import type {Pixels} from '../../../domain/media.js'
import type {ModelData} from './messages.js'
import {assertInputs, assertOutput, inputOf, mismatch, openSession} from '../../inference/session.js'
import {pictureRoom, PICTURE_TYPES, pictureWriter} from '../../inference/tensors.js'
import {vectorsOf} from './vectors.js'

/** One unit vector a picture, in order. */
export type PictureTower = (pictures: readonly Pixels[]) => Promise<Float32Array[]>

export async function openPictureTower({folder, manifest, threads}: ModelData): Promise<PictureTower> {
  const {image, dimension} = manifest
  const path = join(folder, image.file)
  const session = await openSession(path, threads)
  const {type, shape} = inputOf(session, path, image.input, PICTURE_TYPES)
  assertInputs(session, path, [image.input])
  assertOutput(session, path, image.output, dimension)
  const {width, height} = image.crop ?? image.resize
  const wanted = image.layout === 'nhwc' ? [height, width, 3] : [3, height, width]
  if (shape.length !== 4 || wanted.some((size, i) => (shape[i + 1] ?? size) !== size)) {
    throw mismatch(
      path,
      `its input is ${shape.map(size => size ?? 'any').join(' × ')}, and pictures would be ${wanted.join(' × ')}`,
    )
  }
  const write = pictureWriter(image, type)
  const batch = Math.min(image.batch, shape[0] ?? image.batch)
  const numbers = width * height * 3

  return async pictures => {
    const vectors: Float32Array[] = []
    for (let from = 0; from < pictures.length; from += batch) {
      const some = pictures.slice(from, from + batch)
      const data = pictureRoom(type, some.length * numbers)
      for (const [i, picture] of some.entries()) write(picture, data, i)
      const outputs = await session.run({[image.input]: new Tensor(type, data, [some.length, ...wanted])}, [image.output])
      vectors.push(...vectorsOf(outputs, image.output, some.length, dimension))
    }
    return vectors
  }
}
