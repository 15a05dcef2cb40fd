import {mkdir} from 'node:fs/promises'
import {join, sep} from 'node:path'
import {readManifest} from '../../adapters/embedder/dual-encoder/manifest.js'
import {physicalCores} from '../../adapters/host/cores.js'
import type {Pixels} from '../../domain/media.js'
import type {Embedder} from '../../domain/ports/embedder.js'
import type {Ports} from '../../services/ports.js'
import {vectorsOfLabels} from '../../services/classifier.js'
import {compose, type Session} from '../compose.js'
import {readLabels, type LabelledPicture} from '../labelled-folder.js'
import {STARTER} from '../../domain/models.js'
import {coldSearchFigures} from './cold-search.js'
import {labelledFigures, recallFigures} from './judged.js'
import {isMade, makeModel} from './made-model.js'
import {compare, type BenchResult} from './measure.js'
import type {BenchContext} from './suites.js'
import {throughput} from './throughput.js'
import {copyUnnamed} from './unnamed.js'

const PICTURES = 16
/** Each is taken several times, so that how a run begins and ends matters little. */
const PASSES = 6
const PHONE = {width: 4032, height: 3024} as const
/** The deviation of the noise, in steps of 256: with it a picture of 12 megapixels has two megabytes or more. */
const GRAIN = 20
const TEXTS = Array.from({length: 32}, (_, i) => `a photo of ${i + 1} dogs in the snow`)
const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const

/** What a picture and a text cost the configured embedder, many at once against one after another. */
export async function* embedSuite(context: BenchContext): AsyncIterable<BenchResult> {
  const {rounds, signal, config, folder} = context
  await using session = await compose({
    ...config,
    model: await modelOf(context),
    isModelFixed: true,
    dataDir: folder,
    cacheDir: folder,
  })
  const {ports} = session
  const embedder = await ports.embedder()
  yield* qualityFigures(context, ports, embedder)
  const paths = await somePictures(context)
  yield* throughputFigures(context, session, embedder, paths)

  const decoding = await compare(
    rounds,
    () => Promise.all(paths.map(path => decode(ports, embedder, path))),
    () => oneByOne(paths, path => decode(ports, embedder, path)),
    signal,
  )
  yield {name: 'embed.decode', unit: 'ms a picture', peer: 'one at a time', ...perItem(decoding, paths.length)}

  const pixels = await oneByOne(paths, path => decode(ports, embedder, path))
  const pictures = await compare(
    Math.min(rounds, 3),
    () => Promise.all(pixels.map(picture => embedder.embedPictures([picture], {signal}))),
    () => oneByOne(pixels, picture => embedder.embedPictures([picture], {signal})),
    signal,
  )
  yield {name: 'embed.pictures', unit: 'ms a picture', peer: 'one at a time', ...perItem(pictures, pixels.length)}

  if (isMade(config.model)) return
  const texts = await compare(
    rounds,
    () => embedder.embedTexts(TEXTS, {signal}),
    () => oneByOne(TEXTS, text => embedder.embedTexts([text], {signal})),
    signal,
  )
  yield {name: 'embed.text', unit: 'ms a text', peer: 'one at a time', ...perItem(texts, TEXTS.length)}
  yield* coldSearchFigures({...context, config: session.config}, ports, embedder)
}

/** The model to measure: one that is made for it, or the one that is set. */
async function modelOf({config, folder}: BenchContext): Promise<string> {
  return isMade(config.model) ? makeModel(config.model, join(folder, 'made')) : config.model
}

/** How well pictures and texts of labelled folders meet in the model's space, and what its confidences are worth. */
async function* qualityFigures(context: BenchContext, ports: Ports, embedder: Embedder): AsyncIterable<BenchResult> {
  if (isMade(context.config.model)) return
  for (const [i, source] of context.media.entries()) {
    const pictures = await readLabels(source)
    const paths = await copyUnnamed(source, pictures, join(context.folder, `judged-${i}`))
    const placed: (LabelledPicture & Awaited<ReturnType<Embedder['embedPictures']>>[number])[] = []
    for (const [j, picture] of pictures.entries()) {
      const [embedding] = await embedder.embedPictures([await decode(ports, embedder, paths[j] as string)], context)
      if (embedding !== undefined) placed.push({...picture, ...embedding})
    }
    yield* recallFigures(embedder, placed)
    const vectors = embedder.scoring === null ? null : await vectorsOfLabels(ports, embedder, context.signal)
    yield* labelledFigures(embedder, placed, await ports.vocabulary.read(), vectors)
  }
}

async function* throughputFigures(
  context: BenchContext,
  {config, ports}: Session,
  embedder: Embedder,
  paths: readonly string[],
): AsyncIterable<BenchResult> {
  if (config.model === STARTER) return
  const folder = config.model.includes(sep) ? config.model : ports.models.folderOf(config.model)
  const model = {folder, manifest: await readManifest(folder), threads: config.threads ?? physicalCores()}
  yield* throughput({
    paths: Array.from({length: PASSES}, () => paths).flat(),
    decode: path => decode(ports, embedder, path),
    embed: picture => embedder.embedPictures([picture], context),
    model,
    ...context,
  })
}

function decode({pictures}: Ports, embedder: Embedder, path: string): Promise<Pixels> {
  return pictures.decode(path, JPEG, embedder.pictureRule)
}

async function oneByOne<Item, Result>(items: readonly Item[], run: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await run(item))
  return results
}

function perItem<Timing extends {value: number; peerValue: number}>(timing: Timing, items: number): Timing {
  return {...timing, value: timing.value / items, peerValue: timing.peerValue / items}
}

/** Pictures of 12 megapixels, as phones make them: of the folders to measure, enlarged and with the grain of a sensor, or grain alone. */
async function somePictures({media, folder}: BenchContext): Promise<string[]> {
  const {default: sharp} = await import('sharp')
  const sources = (await Promise.all(media.map(jpegsOf))).flat()
  const target = join(folder, 'embed')
  await mkdir(target)
  const grain = await sharp({
    create: {...PHONE, channels: 3, background: 'grey', noise: {type: 'gaussian', mean: 128, sigma: GRAIN}},
  })
    .png({compressionLevel: 0})
    .toBuffer()
  const paths: string[] = []
  for (let i = 0; i < PICTURES; i++) {
    const path = join(target, `${i}.jpg`)
    const source = sources[i % Math.max(1, sources.length)]
    const picture = source === undefined ? sharp(grain).blur(3) : sharp(source).resize({...PHONE, fit: 'cover'})
    await picture
      .composite([{input: grain, blend: 'soft-light'}])
      .jpeg({quality: 85})
      .toFile(path)
    paths.push(path)
  }
  return paths
}

async function jpegsOf(source: string): Promise<string[]> {
  const pictures = await readLabels(source)
  return pictures.filter(({file}) => /\.jpe?g$/i.test(file)).map(({file}) => join(source, file))
}
