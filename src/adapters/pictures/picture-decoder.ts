import type {default as SharpFactory, Sharp} from 'sharp'
import {MediaForgeError, messageOf, throwIfCancelled} from '../../domain/errors.js'
import {STILL_SIDE, type FileFormat} from '../../domain/media.js'
import {openedOnce} from '../../domain/opened-once.js'
import type {PictureDecoder} from '../../domain/ports/media-tools.js'
import {firstStep, fittedSize, middleOf, wholeSize, type Size} from './fitting.js'
import {extractPreview, withOrientation} from './raw-preview.js'
import {Sheet} from './sheet.js'
import {statisticsOf, STATISTICS_SIDE} from './statistics.js'

const THUMBNAIL_SIDE = 320

/** A picture of more pixels is a mistake or an attack: 50,000 × 50,000 would be 7.5 GB. The largest cameras make 150 million. */
const MOST_PIXELS = 250_000_000
/** Formats that are decoded as a whole before they are made small need memory for all of it: one such picture at a time. */
const LARGE_PIXELS = 30_000_000

/** What sharp's prebuilt library decodes; RAW files are decoded by the JPEG inside, and HEIF where a camera put a large one there. */
const DECODABLE = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'])
const HEIF = new Set(['heic', 'heif'])
const RAW = new Set([
  'arw',
  'cr2',
  'cr3',
  'dng',
  'erf',
  'kdc',
  'mrw',
  'nef',
  'nrw',
  'orf',
  'pef',
  'raf',
  'raw',
  'rw2',
  'rwl',
  'sr2',
  'srf',
  'srw',
  'x3f',
  '3fr',
  'iiq',
])

/** A picture that comes out upright, and the size it then has. `whole`: of what it is a smaller copy of, else the same. */
interface Opened {
  picture: Sharp
  size: Size
  whole: Size
}

/**
 * Decodes pictures with sharp (libvips): JPEGs are shrunk while they are decoded, so a large one costs little more than a small one. `modelDecodes`:
 * how many pictures are decoded for a model at a time. More of them than there are cores left would only take turns with the model.
 */
export function openPictureDecoder({modelDecodes}: {modelDecodes: number}): PictureDecoder {
  const turn = turnstile(modelDecodes)
  const {get: load} = openedOnce(loadSharp)

  let large: Promise<unknown> = Promise.resolve()
  /** JPEGs are made small while they are read. */
  function inTurn<Result>({width, height}: Size, format: FileFormat, run: () => Promise<Result>): Promise<Result> {
    if (width * height < (format.format === 'jpeg' ? 4 * LARGE_PIXELS : LARGE_PIXELS)) return run()
    const turn = large.then(run, run)
    large = turn.catch(() => undefined)
    return turn
  }

  async function open(path: string, format: FileFormat): Promise<Opened> {
    const sharp = await load()
    const options = {limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true} as const
    const upright = async (source: string | Buffer): Promise<Opened & {orientation: number | undefined}> => {
      const picture = sharp(source, options).autoOrient()
      const {autoOrient, orientation} = await picture.metadata()
      return {picture, size: autoOrient, whole: autoOrient, orientation}
    }
    if (RAW.has(format.format)) {
      const preview = await extractPreview(path)
      const own = await upright(preview.jpeg)
      // The preview of some cameras has no orientation of its own: the RAW file's counts then.
      const opened = own.orientation === undefined ? await upright(withOrientation(preview)) : own
      return {...opened, whole: wholeSize(opened.size, preview)}
    }
    if (HEIF.has(format.format)) {
      const preview = await extractPreview(path)
        .then(({jpeg}) => upright(jpeg))
        .catch(() => null)
      // Where there is none, or a small one, ffmpeg may make a better still.
      if (preview !== null && Math.max(preview.size.width, preview.size.height) >= STILL_SIDE) return preview
    }
    if (!DECODABLE.has(format.format)) throw new MediaForgeError('FILE_UNRECOGNISED', `sharp has no decoder for ${format.format}`)
    return upright(path)
  }

  return {
    measure: (path, format, {signal} = {}) =>
      guarded(async () => {
        throwIfCancelled(signal)
        if (HEIF.has(format.format))
          throw new MediaForgeError('FILE_UNRECOGNISED', 'a preview does not tell the size of its picture')
        return (await open(path, format)).whole
      }),

    async inspect(path, format, {signal} = {}) {
      return guarded(async () => {
        const {picture, size, whole} = await open(path, format)
        throwIfCancelled(signal)
        const small = picture
          .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, {fit: 'inside', withoutEnlargement: true})
          .flatten({background: 'white'})
          .toColourspace('srgb')
          .removeAlpha()
          .raw()
        const {data, info} = await inTurn(size, format, () => small.toBuffer({resolveWithObject: true}))
        const sharp = await load()
        const raw = {width: info.width, height: info.height, channels: info.channels}
        const [thumbnail, square] = await Promise.all([
          sharp(data, {raw}).webp({quality: 80}).toBuffer(),
          sharp(data, {raw})
            .resize(STATISTICS_SIDE, STATISTICS_SIDE, {fit: 'fill'})
            .removeAlpha()
            .toColourspace('srgb')
            .raw()
            .toBuffer(),
        ])
        return {width: whole.width, height: whole.height, statistics: statisticsOf(square), thumbnail}
      })
    },

    async sheet(paths, rule, {signal} = {}) {
      return guarded(async () => {
        const sharp = await load()
        const sheet = new Sheet(rule, paths.length)
        for (const path of paths) {
          throwIfCancelled(signal)
          const tile = sharp(path).resize(rule.tileWidth, rule.tileHeight, {fit: 'cover'}).toColourspace('srgb').removeAlpha()
          sheet.lay(await tile.raw().toBuffer())
        }
        return sharp(sheet.data, {raw: sheet.shape}).webp({quality: 70}).toBuffer()
      })
    },

    decode: (path, format, rule, {signal} = {}) =>
      turn(() =>
        guarded(async () => {
          throwIfCancelled(signal)
          const {picture, size} = await open(path, format)
          throwIfCancelled(signal)
          const fitted = fittedSize(size, rule)
          const first = firstStep(size, fitted)
          const flat = picture.flatten({background: 'white'})
          // Whatever is cut off or turned is so afterwards: before, a JPEG would be read in full for it.
          const small = first === null ? flat : flat.resize(first.width, first.height, {fit: 'fill'})
          const {data, info: raw} = await inTurn(size, format, () => pixelsOf(small))
          throwIfCancelled(signal)

          const sharp = await load()
          const {kernel = 'lanczos3', background = [0, 0, 0], crop = rule} = rule
          const isCutShort = rule.fit === 'cover' && rule.rounding === 'down'
          const [target, fit] = isCutShort ? ([fitted, 'fill'] as const) : ([rule, rule.fit] as const)
          const [r, g, b] = background
          const resized = sharp(data, {raw}).resize(target.width, target.height, {fit, kernel, background: {r, g, b}})
          const result = await pixelsOf(resized.extract(middleOf(target, crop)))
          const {width, height, channels} = result.info
          return {width, height, data: channels === 1 ? threeChannels(result.data) : result.data}
        }),
      ),
  }
}

/** Its pixels, a byte a channel. */
function pixelsOf(picture: Sharp) {
  return picture.toColourspace('srgb').removeAlpha().raw({depth: 'uchar'}).toBuffer({resolveWithObject: true})
}

/** Lets so many in at a time; the others wait in the order they came. */
function turnstile(places: number): <Result>(run: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let free = places
  return async run => {
    if (free === 0) await new Promise<void>(resolve => waiting.push(resolve))
    else free--
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

async function loadSharp(): Promise<typeof SharpFactory> {
  const {default: sharp} = await import('sharp')
  // Files run side by side already; more threads a picture and a cache of old ones would only cost memory.
  sharp.concurrency(1)
  sharp.cache(false)
  return sharp
}

function threeChannels(grey: Uint8Array): Uint8Array {
  const data = new Uint8Array(grey.length * 3)
  for (const [i, value] of grey.entries()) data.fill(value, i * 3, i * 3 + 3)
  return data
}

/** libvips keeps one text for the errors of all threads, and another picture's may have taken it away: then it is asked again. */
const LOST_REASON = 'Unknown error'
const MOST_ASKED = 4

/** sharp's errors as this program's. */
async function guarded<Result>(run: () => Promise<Result>, asked = 1): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (messageOf(error).includes(LOST_REASON) && asked < MOST_ASKED) return guarded(run, asked + 1)
    if (error instanceof MediaForgeError) throw error
    const message = messageOf(error)
    if (message.includes('pixel limit')) {
      throw new MediaForgeError('FILE_TOO_LARGE', `it has more than ${MOST_PIXELS / 1e6} million pixels`, {cause: error})
    }
    if (/unsupported image format|bitstream not supported|no decod|Unsupported codec/i.test(message)) {
      throw new MediaForgeError('FILE_UNRECOGNISED', message.toLowerCase(), {cause: error})
    }
    throw new MediaForgeError('FILE_BROKEN', `the picture cannot be decoded: ${message.replace(/^.*?: /, '')}`, {cause: error})
  }
}
