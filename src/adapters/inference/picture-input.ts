import {Tensor} from 'onnxruntime-node'
import type {Pixels} from '../../domain/media.js'
import {inputOf, mismatch, type Session} from './session.js'
import {pictureRoom, PICTURE_TYPES, pictureWriter, type PictureNumbers} from './tensors.js'

/** What a manifest says of a model's pictures. */
export interface PictureSide extends PictureNumbers {
  input: string
  resize: {width: number; height: number}
  crop?: {width: number; height: number} | undefined
}

export interface PictureInput {
  /** How many pictures the model takes a run; null where any number. */
  most: number | null
  tensorOf(pictures: readonly Pixels[]): Tensor
}

/**
 * The way of pictures into a model: batch × their numbers, or batch × 1 × their numbers where it may take several pictures together. Throws
 * `CONFIG_INVALID` where pictures as the manifest makes them do not fit.
 */
export function pictureInput(session: Session, path: string, side: PictureSide): PictureInput {
  const {type, shape} = inputOf(session, path, side.input, PICTURE_TYPES)
  const {width, height} = side.crop ?? side.resize
  const sizes = side.layout === 'nhwc' ? [height, width, 3] : [3, height, width]
  const wanted = shape.length === 5 ? [1, ...sizes] : sizes
  if (shape.length !== wanted.length + 1 || wanted.some((size, i) => (shape[i + 1] ?? size) !== size)) {
    throw mismatch(
      path,
      `its input is ${shape.map(size => size ?? 'any').join(' × ')}, and pictures would be ${sizes.join(' × ')}`,
    )
  }
  const write = pictureWriter(side, type)
  return {
    most: shape[0] ?? null,
    tensorOf(pictures) {
      const data = pictureRoom(type, pictures.length * width * height * 3)
      for (const [i, picture] of pictures.entries()) write(picture, data, i)
      return new Tensor(type, data, [pictures.length, ...wanted])
    },
  }
}
