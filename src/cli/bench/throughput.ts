import {join} from 'node:path'
import type {ModelData} from '../../adapters/embedder/dual-encoder/messages.js'
import {physicalCores} from '../../adapters/host/cores.js'
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
 *
 * `embed.overlap`: the same against the most that the cores allow, which have to do the decoding and the model both: where the model takes every
 * core, or is so small that decoding takes longer, nobody can hide all of it.
 */
export async function* throughput(options: Throughput): AsyncIterable<BenchResult> {
  const {paths, decode, embed, model, rounds, signal} = options
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
  const modelMs = await coreMilliseconds(bare.run)
  await bare.close()
  const decodeMs = await coreMilliseconds(async () => {
    for (const path of paths) await decode(path)
  })
  const perSecond = (ms: number): number => (paths.length / ms) * 1000
  const value = perSecond(timing.value)
  const {threads} = model
  const unit = `pictures/s on ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  yield {
    name: 'embed.throughput',
    value,
    unit,
    peer: 'onnxruntime alone',
    peerValue: perSecond(timing.peerValue),
    ratio: 1 / timing.ratio,
    rounds: timing.rounds,
  }
  const cores = physicalCores()
  const most = perSecond(Math.max(timing.peerValue, (modelMs + decodeMs) / cores))
  yield {
    name: 'embed.overlap',
    value,
    unit,
    peer: `the most that ${cores} ${cores === 1 ? 'core allows' : 'cores allow'}`,
    peerValue: most,
    ratio: value / most,
    rounds: timing.rounds,
  }
}

/** What all threads of this process together computed for. */
async function coreMilliseconds(run: () => Promise<unknown>): Promise<number> {
  const from = process.cpuUsage()
  await run()
  const {user, system} = process.cpuUsage(from)
  return (user + system) / 1000
}

/** The picture tower without anything around it. */
async function bareModel({folder, manifest, threads}: ModelData, pictures: readonly Pixels[]) {
  const {openSession} = await import('../../adapters/inference/session.js')
  const {pictureInput} = await import('../../adapters/inference/picture-input.js')
  const {image} = manifest
  const path = join(folder, image.file)
  const session = await openSession(path, threads)
  const input = pictureInput(session, path, image)
  const batch = Math.min(image.batch, input.most ?? image.batch)
  const inputs: ReturnType<typeof input.tensorOf>[] = []
  for (let from = 0; from < pictures.length; from += batch) inputs.push(input.tensorOf(pictures.slice(from, from + batch)))
  return {
    run: async () => {
      for (const input of inputs) await session.run({[image.input]: input}, [image.output])
    },
    close: () => session.release(),
  }
}
