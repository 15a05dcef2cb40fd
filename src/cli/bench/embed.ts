import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import type {Pixels} from '../../domain/media.js'
import type {Embedder} from '../../domain/ports/embedder.js'
import type {Ports} from '../../services/ports.js'
import {compose} from '../compose.js'
import {copyUnnamed, readLabels} from './labelled.js'
import {compare, type BenchResult} from './measure.js'
import type {BenchContext} from './suites.js'

const PICTURES = 16
const TEXTS = Array.from({length: 32}, (_, i) => `a photo of ${i + 1} dogs in the snow`)
const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const

/** What a picture and a text cost the configured embedder, many at once against one after another. */
export async function* embedSuite(context: BenchContext): AsyncIterable<BenchResult> {
  const {rounds, signal, config, folder} = context
  await using session = await compose({...config, dataDir: folder, cacheDir: folder})
  const {ports} = session
  const embedder = await ports.embedder()
  const paths = await somePictures(context)

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

  const texts = await compare(
    rounds,
    () => embedder.embedTexts(TEXTS, {signal}),
    () => oneByOne(TEXTS, text => embedder.embedTexts([text], {signal})),
    signal,
  )
  yield {name: 'embed.text', unit: 'ms a text', peer: 'one at a time', ...perItem(texts, TEXTS.length)}
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

/** JPEGs of the folders to measure, or where none is named, noise in the size that a phone makes. */
async function somePictures({media, folder}: BenchContext): Promise<string[]> {
  const [source] = media
  const target = join(folder, 'embed')
  if (source !== undefined) {
    const pictures = (await readLabels(source)).filter(({file}) => /\.jpe?g$/i.test(file))
    return copyUnnamed(source, pictures.slice(0, PICTURES), target)
  }
  const {default: sharp} = await import('sharp')
  await mkdir(target)
  return Promise.all(
    Array.from({length: PICTURES}, async (_, i) => {
      const path = join(target, `${i}.jpg`)
      const noise = {type: 'gaussian', mean: 128, sigma: 30} as const
      await sharp({create: {width: 4032, height: 3024, channels: 3, background: 'grey', noise}})
        .blur(3)
        .jpeg()
        .toFile(path)
      return path
    }),
  )
}
