/** A JPEG with a maker note as Apple's telephones write it: which burst it is of, and which live photo it is a half of. */
export function withAppleNote(jpeg: Buffer, {burstId, livePhotoId}: {burstId?: string; livePhotoId?: string}): Buffer {
  const note = appleNote([
    ...(burstId === undefined ? [] : [{tag: 0x0b, text: burstId}]),
    ...(livePhotoId === undefined ? [] : [{tag: 0x11, text: livePhotoId}]),
  ])
  const header = Buffer.from('MM\0*\0\0\0\x08', 'latin1')
  const exifAt = header.length + 2 + 12 + 4
  const noteAt = exifAt + 2 + 12 + 4
  const tiff = Buffer.concat([
    header,
    directory([entry(0x8769, 4, 1, exifAt)]),
    directory([entry(0x927c, 7, note.length, noteAt)]),
    note,
  ])
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])
  const marker = Buffer.from([0xff, 0xe1, 0, 0])
  marker.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)])
}

function appleNote(tags: {tag: number; text: string}[]): Buffer {
  const header = Buffer.from('Apple iOS\0\0\x01MM', 'latin1')
  let at = header.length + 2 + tags.length * 12 + 4
  const [entries, texts]: [Buffer[], Buffer[]] = [[], []]
  for (const {tag, text} of tags) {
    const bytes = Buffer.from(`${text}\0`, 'latin1')
    entries.push(entry(tag, 2, bytes.length, at))
    texts.push(bytes)
    at += bytes.length
  }
  return Buffer.concat([header, directory(entries), ...texts])
}

function directory(entries: Buffer[]): Buffer {
  const count = Buffer.alloc(2)
  count.writeUInt16BE(entries.length)
  return Buffer.concat([count, ...entries, Buffer.alloc(4)])
}

function entry(tag: number, type: number, count: number, value: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt16BE(tag, 0)
  bytes.writeUInt16BE(type, 2)
  bytes.writeUInt32BE(count, 4)
  bytes.writeUInt32BE(value, 8)
  return bytes
}
