import {open, type FileHandle} from 'node:fs/promises'
import {MediaForgeError} from '../../domain/errors.js'
import {statedByContainer} from './raw-containers.js'
import {tiffPreviews, type PreviewPlace, type ReadAt, type TiffPreviews} from './tiff-previews.js'

/** A RAW file's embedded JPEG, the orientation the RAW itself names (1 where it names none), and how large it says the picture is. */
export interface Preview extends Pick<TiffPreviews, 'orientation' | 'whole'> {
  jpeg: Buffer
}

const LARGEST_PREVIEW = 64_000_000
/** Where no directory leads to a preview, it is looked for by its first bytes in this much of the file. */
const SEARCHED = 32_000_000

/**
 * The largest JPEG inside a RAW file, by the file's TIFF directories, or by its markers where the format has none (RAF, CR3). Rejects with
 * `FILE_UNRECOGNISED` where there is none.
 */
export async function extractPreview(path: string): Promise<Preview> {
  const file = await open(path, 'r')
  try {
    const {size} = await file.stat()
    const read: ReadAt = (position, length) => readAt(file, position, length)
    const {places, ...tiff} = await tiffPreviews(read, size)
    const {orientation, whole} = (await statedByContainer(read, size)) ?? tiff
    for (const place of places.sort((a, b) => b.length - a.length)) {
      const jpeg = await readJpeg(file, place, size)
      if (jpeg !== null) return {jpeg, orientation, whole}
    }
    const jpeg = largestJpeg(await readAt(file, 0, Math.min(size, SEARCHED)))
    if (jpeg !== null) return {jpeg, orientation, whole}
    throw new MediaForgeError('FILE_UNRECOGNISED', 'the raw file holds no preview picture')
  } finally {
    await file.close()
  }
}

/** The JPEG of a preview that has no orientation of its own, with that of the RAW file as EXIF. */
export function withOrientation({jpeg, orientation}: Preview): Buffer {
  const exif = Buffer.concat([
    Buffer.from([0xff, 0xe1, 0, 34]),
    Buffer.from('Exif\0\0II*\0\x08\0\0\0', 'latin1'),
    // One entry, the orientation: one short number; and no other directory.
    Buffer.from([1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]),
  ])
  // Behind those segments of its makers: of two of a kind the last one counts.
  let at = 2
  while (isApplicationSegment(jpeg, at)) at += 2 + jpeg.readUInt16BE(at + 2)
  return Buffer.concat([jpeg.subarray(0, at), exif, jpeg.subarray(at)])
}

function isApplicationSegment(jpeg: Buffer, at: number): boolean {
  return at + 4 <= jpeg.length && jpeg[at] === 0xff && ((jpeg[at + 1] as number) & 0xf0) === 0xe0
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const {bytesRead} = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}

async function readJpeg(file: FileHandle, {offset, length}: PreviewPlace, fileSize: number): Promise<Buffer | null> {
  if (length < 256 || length > LARGEST_PREVIEW || offset + length > fileSize) return null
  const bytes = await readAt(file, offset, length)
  return isBaselineJpeg(bytes) ? bytes : null
}

/** Lossless JPEG (SOF3) is how some cameras pack the sensor's data: no picture to look at. */
function isBaselineJpeg(bytes: Buffer): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false
  for (let i = 2; i + 4 < bytes.length && bytes[i] === 0xff; i += 2 + bytes.readUInt16BE(i + 2)) {
    const marker = bytes[i + 1] as number
    if (marker === 0xc0 || marker === 0xc1 || marker === 0xc2) return true
    if (marker === 0xc3 || marker === 0xda) return false
  }
  return false
}

function largestJpeg(bytes: Buffer): Buffer | null {
  let best: Buffer | null = null
  const start = Buffer.from([0xff, 0xd8, 0xff])
  for (let from = bytes.indexOf(start); from >= 0; from = bytes.indexOf(start, from + 3)) {
    const candidate = bytes.subarray(from)
    if (!isBaselineJpeg(candidate)) continue
    // The decoder stops at the end marker by itself, so the first start of a picture with the most bytes behind its end decides.
    const end = bytes.indexOf(Buffer.from([0xff, 0xd9]), from)
    const next = bytes.indexOf(start, from + 3)
    const length = (end < 0 ? bytes.length : Math.max(end + 2, next < 0 ? bytes.length : next)) - from
    if (best === null || length > best.length) best = bytes.subarray(from, from + length)
  }
  return best
}
