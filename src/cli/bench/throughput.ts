import {join} from 'node:path'
import type {ModelData} from '../../adapters/embedder/dual-encoder/messages.js'
import type {Pixels} from '../../domain/media.js'
import {compare, type BenchResult} from './measure.js'

/** As in the stage that embeds: so many pictures at a time, and so many such batches side by side. */
const BATCH = 8
const LANES = 2

export interface Throughput {
  paths: readonly string[]
  decode: (path: string) => Promise<Pixels>
  embed: (picture: Pixels) => Promise<unknown>
  model: ModelData
  rounds: number
  signal: AbortSignal
}

/**
 * `embed.throughput`: pictures a second from files to vectors, as a scan does it, against onnxruntime alone with the same options, threads and
 * batches, which gets its tensors ready made. What is missing to 1 is the decoding that could not be hidden.
 */
export async function throughput({paths, decode, embed, model, rounds, signal}: Throughput): Promise<BenchResult> {
  const bare = await bareModel(model, await Promise.all(paths.map(decode)))
  const timing = await compare(
    rounds,
    () => {
      const left = [...paths]
      const lane = async (): Promise<void> => {
        for (let some = left.splice(0, BATCH); some.length > 0; some = left.splice(0, BATCH)) {
          await Promise.all(some.map(async path => embed(await decode(path))))
        }
      }
      return Promise.all(Array.from({length: LANES}, lane))
    },
    bare.run,
    signal,
  )
  await bare.close()
  const perSecond = (ms: number): number => (paths.length / ms) * 1000
  return {
    name: 'embed.throughput',
    value: perSecond(timing.value),
    unit: `pictures/s on ${model.threads} threads`,
    peer: 'onnxruntime alone',
    peerValue: perSecond(timing.peerValue),
    ratio: 1 / timing.ratio,
    rounds: timing.rounds,
  }
}

/** The picture tower without anything around it. */
async function bareModel({folder, manifest, threads}: ModelData, pictures: readonly Pixels[]) {
  const {openSession, inputOf} = await import('../../adapters/inference/session.js')
  const {pictureRoom, pictureWriter, PICTURE_TYPES} = await import('../../adapters/inference/tensors.js')
  const {Tensor} = await import('onnxruntime-node')
  const {image} = manifest
  const path = join(folder, image.file)
  const session = await openSession(path, threads)
  const {type, shape} = inputOf(session, path, image.input, PICTURE_TYPES)
  const write = pictureWriter(image, type)
  const batch = Math.min(image.batch, shape[0] ?? image.batch)
  const {width, height} = image.crop ?? image.resize
  const inputs: InstanceType<typeof Tensor>[] = []
  for (let from = 0; from < pictures.length; from += batch) {
    const some = pictures.slice(from, from + batch)
    const data = pictureRoom(type, some.length * width * height * 3)
    for (const [i, picture] of some.entries()) write(picture, data, i)
    const sizes = image.layout === 'nhwc' ? [height, width, 3] : [3, height, width]
    inputs.push(new Tensor(type, data, [some.length, ...sizes]))
  }
  return {
    run: async () => {
      for (const input of inputs) await session.run({[image.input]: input}, [image.output])
    },
    close: () => session.release(),
  }
}
