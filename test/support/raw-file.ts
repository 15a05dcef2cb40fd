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

/** A RAW file of Fuji's kind, whose records say how large its sensor is and what of that is to be shown. */
export function rafWith(jpeg: Buffer, sensor: readonly [number, number], shown: readonly [number, number]): Buffer {
  const head = Buffer.alloc(100)
  head.write('FUJIFILMCCD-RAW 0201FF383501', 0, 'latin1')
  const records = Buffer.alloc(4 + 3 * 8)
  records.writeUInt32BE(3, 0)
  for (const [i, [tag, [width, height]]] of [
    [0x0100, sensor] as const,
    [0x0110, [0, 0]] as const,
    [0x0111, shown] as const,
  ].entries()) {
    for (const [j, value] of [tag, 4, height, width].entries()) records.writeUInt16BE(value, 4 + i * 8 + j * 2)
  }
  for (const [i, value] of [100, jpeg.length, 100 + jpeg.length, records.length].entries()) head.writeUInt32BE(value, 84 + i * 4)
  return Buffer.concat([head, jpeg, records])
}

/** A RAW file of Canon's later kind: a TIFF directory in boxes, and a JPEG in the box of the data. */
export function cr3With(jpeg: Buffer, orientation: number, [width, height]: readonly [number, number]): Buffer {
  const box = (type: string, ...contents: Buffer[]): Buffer => {
    const body = Buffer.concat(contents)
    const head = Buffer.alloc(8)
    head.writeUInt32BE(8 + body.length, 0)
    head.write(type, 4, 'latin1')
    return Buffer.concat([head, body])
  }
  const tiff = rawWith(Buffer.alloc(0), 'II', orientation, [
    [0x0100, 4, 1, width],
    [0x0101, 4, 1, height],
  ])
  const own = box('uuid', Buffer.alloc(16, 0x85), box('CNCV', Buffer.alloc(30)), box('CMT1', tiff))
  return Buffer.concat([box('ftyp', Buffer.from('crx \0\0\0\x01crx isom', 'latin1')), box('moov', own), box('mdat', jpeg)])
}
