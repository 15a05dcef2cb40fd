import type {Size} from './fitting.js'

/** Where a JPEG may lie in a file, in bytes. */
export interface PreviewPlace {
  offset: number
  length: number
}

/** The bytes at a place; fewer than were asked for at the end of a file. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>

export interface TiffPreviews {
  places: PreviewPlace[]
  orientation: number
  /** What the file says of the picture that the previews are of, before it is turned; null where it says nothing. */
  whole: Size | null
}

const TAG = {
  /** Panasonic's own: where the picture lies on the sensor. */
  topBorder: 0x0004,
  leftBorder: 0x0005,
  bottomBorder: 0x0006,
  rightBorder: 0x0007,
  width: 0x0100,
  height: 0x0101,
  compression: 0x0103,
  stripOffsets: 0x0111,
  orientation: 0x0112,
  stripByteCounts: 0x0117,
  subDirectories: 0x014a,
  jpegOffset: 0x0201,
  jpegLength: 0x0202,
  /** Panasonic's own. */
  jpegFromRaw: 0x002e,
  exifDirectory: 0x8769,
  exifWidth: 0xa002,
  exifHeight: 0xa003,
  /** DNG's own: width and height of what is to be shown. */
  cropSize: 0xc620,
} as const

const SHORT = 3
const RATIONAL = 5

/** Bounds for hostile files: no camera comes near them. */
const MOST_DIRECTORIES = 64
const MOST_ENTRIES = 1024

/**
 * Walks the directories of a TIFF-like RAW file (NEF, CR2, ARW, DNG, ORF, RW2, PEF…) and lists where JPEGs may lie. Offsets are checked against
 * the file's size by whoever reads them. A file of another structure gives an empty list.
 */
export async function tiffPreviews(readAt: ReadAt, fileSize: number): Promise<TiffPreviews> {
  const places: PreviewPlace[] = []
  const sizes: StatedSizes = {cropped: [], exif: [], directory: []}
  let orientation = 1
  const header = await readAt(0, 8)
  const order = header.toString('latin1', 0, 2)
  if (header.length < 8 || (order !== 'II' && order !== 'MM')) return {places, orientation, whole: null}
  const littleEndian = order === 'II'
  const u16 = (bytes: Buffer, at: number): number => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const u32 = (bytes: Buffer, at: number): number => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))

  const waiting = [u32(header, 4)]
  const visited = new Set<number>()
  while (waiting.length > 0 && visited.size < MOST_DIRECTORIES) {
    const offset = waiting.shift() as number
    if (offset < 8 || offset + 2 > fileSize || visited.has(offset)) continue
    visited.add(offset)
    const entries = Math.min(u16(await readAt(offset, 2).then(padTo(2)), 0), MOST_ENTRIES)
    const directory = await readAt(offset + 2, entries * 12 + 4)
    const values = new Map<number, {type: number; count: number; at: number}>()
    for (let at = 0; at + 12 <= Math.min(directory.length, entries * 12); at += 12) {
      values.set(u16(directory, at), {type: u16(directory, at + 2), count: u32(directory, at + 4), at: at + 8})
    }
    const number = (tag: number): number | undefined => {
      const entry = values.get(tag)
      if (entry?.count !== 1) return undefined
      return entry.type === SHORT ? u16(directory, entry.at) : u32(directory, entry.at)
    }
    const add = (from: number | undefined, length: number | undefined): void => {
      if (from !== undefined && length !== undefined) places.push({offset: from, length})
    }
    if (visited.size === 1) orientation = number(TAG.orientation) ?? 1
    add(number(TAG.jpegOffset), number(TAG.jpegLength))
    const compression = number(TAG.compression)
    if (compression === 6 || compression === 7) add(number(TAG.stripOffsets), number(TAG.stripByteCounts))
    const panasonic = values.get(TAG.jpegFromRaw)
    if (panasonic !== undefined) add(u32(directory, panasonic.at), panasonic.count)
    const borders = [TAG.topBorder, TAG.leftBorder, TAG.bottomBorder, TAG.rightBorder].map(number)
    const [top = 0, left = 0, bottom = 0, right = 0] = borders
    state(sizes.cropped, right - left, bottom - top)
    state(sizes.cropped, ...(await cropSize()))
    state(sizes.exif, number(TAG.exifWidth), number(TAG.exifHeight))
    state(sizes.directory, number(TAG.width), number(TAG.height))
    const exifDirectory = number(TAG.exifDirectory)
    if (exifDirectory !== undefined) waiting.push(exifDirectory)
    waiting.push(...(await subDirectories()))
    if (directory.length >= entries * 12 + 4) waiting.push(u32(directory, entries * 12))

    async function subDirectories(): Promise<number[]> {
      const entry = values.get(TAG.subDirectories)
      if (entry === undefined || entry.count > MOST_DIRECTORIES) return []
      if (entry.count === 1) return [u32(directory, entry.at)]
      const list = await readAt(u32(directory, entry.at), entry.count * 4)
      return Array.from({length: Math.floor(list.length / 4)}, (_, i) => u32(list, i * 4))
    }

    async function cropSize(): Promise<[number, number] | []> {
      const entry = values.get(TAG.cropSize)
      if (entry?.count !== 2) return []
      if (entry.type === SHORT) return [u16(directory, entry.at), u16(directory, entry.at + 2)]
      const isRational = entry.type === RATIONAL
      const list = await readAt(u32(directory, entry.at), isRational ? 16 : 8).then(padTo(16))
      return isRational ? [u32(list, 0) / u32(list, 4), u32(list, 8) / u32(list, 12)] : [u32(list, 0), u32(list, 4)]
    }
  }
  const whole = largest(sizes.cropped) ?? largest(sizes.exif) ?? largest(sizes.directory)
  return {places, orientation: orientation >= 1 && orientation <= 8 ? orientation : 1, whole}
}

/** Sizes by how much they can be trusted: a directory's own may count the sensor's dark edges. */
interface StatedSizes {
  cropped: Size[]
  exif: Size[]
  directory: Size[]
}

function state(sizes: Size[], width = 0, height = 0): void {
  if (width >= 1 && height >= 1 && Number.isFinite(width * height))
    sizes.push({width: Math.round(width), height: Math.round(height)})
}

function largest(sizes: Size[]): Size | null {
  return sizes.toSorted((a, b) => b.width * b.height - a.width * a.height)[0] ?? null
}

/** A read at the end of a file gives less than was asked for: the rest counts as zero. */
function padTo(length: number): (bytes: Buffer) => Buffer {
  return bytes => (bytes.length >= length ? bytes : Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]))
}
