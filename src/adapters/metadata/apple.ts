import {groupId} from '../../domain/parts.js'

/** Tags of Apple's maker note, as exiftool names them. */
const BURST_UUID = 0x0b
const CONTENT_IDENTIFIER = 0x11

const HEADER = 'Apple iOS\0'
/** After the header stand a version and the byte order, which is always `MM`. */
const IFD_AT = 14
const ENTRY_BYTES = 12
const ASCII = 2

/** What Apple's telephones write into a photo to say what it belongs to; nothing where the maker note is another one's, or is cut off. */
export function readAppleNote(note: unknown): {burstId?: string; livePhotoId?: string} {
  if (!(note instanceof Uint8Array)) return {}
  const bytes = Buffer.from(note.buffer, note.byteOffset, note.byteLength)
  if (bytes.length < IFD_AT + 2 || bytes.toString('latin1', 0, HEADER.length) !== HEADER) return {}
  const found: {burstId?: string; livePhotoId?: string} = {}
  const entries = bytes.readUInt16BE(IFD_AT)
  for (let i = 0; i < entries; i++) {
    const at = IFD_AT + 2 + i * ENTRY_BYTES
    if (at + ENTRY_BYTES > bytes.length) break
    const tag = bytes.readUInt16BE(at)
    if ((tag !== BURST_UUID && tag !== CONTENT_IDENTIFIER) || bytes.readUInt16BE(at + 2) !== ASCII) continue
    const [length, offset] = [bytes.readUInt32BE(at + 4), bytes.readUInt32BE(at + 8)]
    // A UUID is longer than the four bytes that would stand in the entry itself.
    const id = groupId(bytes.toString('latin1', offset, offset + length))
    if (id !== undefined) found[tag === BURST_UUID ? 'burstId' : 'livePhotoId'] = id
  }
  return found
}
