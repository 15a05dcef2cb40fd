import type {Size} from './fitting.js'
import {tiffPreviews, type ReadAt, type TiffPreviews} from './tiff-previews.js'

/** What a RAW file says of its picture. */
type Stated = Pick<TiffPreviews, 'orientation' | 'whole'>

const NOTHING: Stated = {orientation: 1, whole: null}
/** Bounds for hostile files: no camera comes near them. */
const MOST_RECORDS = 256
const MOST_BOXES = 256

/** How large the picture of a RAW file is that is no TIFF: Fuji's RAF and Canon's CR3. Null for a file of another structure. */
export async function statedByContainer(readAt: ReadAt, fileSize: number): Promise<Stated | null> {
  const head = await readAt(0, 100)
  if (head.toString('latin1', 0, 8) === 'FUJIFILM' && head.length === 100) {
    return {...NOTHING, whole: await rafSize(readAt, head.readUInt32BE(92), head.readUInt32BE(96))}
  }
  return head.toString('latin1', 4, 12) === 'ftypcrx ' ? cr3Facts(readAt, fileSize) : null
}

/** Of the records about the sensor (a tag and a length, two bytes each): what is to be shown, else all of it; height before width. */
async function rafSize(readAt: ReadAt, offset: number, length: number): Promise<Size | null> {
  const records = await readAt(offset, Math.min(length, 65_536))
  const sizes = new Map<number, Size>()
  const count = records.length < 4 ? 0 : Math.min(records.readUInt32BE(0), MOST_RECORDS)
  for (let i = 0, at = 4; i < count && at + 8 <= records.length; i++, at += 4 + records.readUInt16BE(at + 2)) {
    if (records.readUInt16BE(at + 2) !== 4) continue
    sizes.set(records.readUInt16BE(at), {height: records.readUInt16BE(at + 4), width: records.readUInt16BE(at + 6)})
  }
  const size = sizes.get(0x0111) ?? sizes.get(0x0100)
  return size === undefined || size.width === 0 || size.height === 0 ? null : size
}

/** Canon's own box in `moov` has a TIFF directory of the picture, `CMT1`. */
async function cr3Facts(readAt: ReadAt, fileSize: number): Promise<Stated> {
  const moov = await boxIn(readAt, 'moov', 0, fileSize)
  const own = moov === null ? null : await boxIn(readAt, 'uuid', moov.from, moov.to)
  // The box is named by 16 bytes before its contents.
  const cmt1 = own === null ? null : await boxIn(readAt, 'CMT1', own.from + 16, own.to)
  if (cmt1 === null) return NOTHING
  const {from, to} = cmt1
  const {orientation, whole} = await tiffPreviews((position, length) => readAt(from + position, length), to - from)
  return {orientation, whole}
}

/** The contents of the first box of a type between two places. */
async function boxIn(readAt: ReadAt, type: string, from: number, to: number): Promise<{from: number; to: number} | null> {
  for (let at = from, boxes = 0; at + 8 <= to && boxes < MOST_BOXES; boxes++) {
    const head = await readAt(at, 16)
    if (head.length < 16) return null
    const isLong = head.readUInt32BE(0) === 1
    const size = isLong ? Number(head.readBigUInt64BE(8)) : head.readUInt32BE(0)
    const begin = at + (isLong ? 16 : 8)
    // Zero: up to the end.
    const end = size === 0 ? to : at + size
    if (end < begin || end > to) return null
    if (head.toString('latin1', 4, 8) === type) return {from: begin, to: end}
    at = end
  }
  return null
}
