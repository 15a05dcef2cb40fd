type Entry = readonly [tag: number, type: 3 | 4, count: number, value: number]

/** A RAW file with one directory: the orientation, where the JPEG is, and `more`; the next directory's place comes last. */
export function rawWith(jpeg: Buffer, order: 'II' | 'MM', orientation: number, more: readonly Entry[] = []): Buffer {
  const entries: Entry[] = [
    [0x0112, 3, 1, orientation],
    [0x0201, 4, 1, 8 + 2 + (3 + more.length) * 12 + 4],
    [0x0202, 4, 1, jpeg.length],
    ...more,
  ]
  const head = Buffer.alloc(8 + 2 + entries.length * 12 + 4)
  const little = order === 'II'
  const u16 = (value: number, at: number): number => (little ? head.writeUInt16LE(value, at) : head.writeUInt16BE(value, at))
  const u32 = (value: number, at: number): number => (little ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at))
  head.write(order, 0, 'latin1')
  u16(42, 2)
  u32(8, 4)
  u16(entries.length, 8)
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = 10 + i * 12
    u16(tag, at)
    u16(type, at + 2)
    u32(count, at + 4)
    if (type === 3) u16(value, at + 8)
    else u32(value, at + 8)
  }
  return jpeg.length === 0 ? head : Buffer.concat([head, jpeg])
}
