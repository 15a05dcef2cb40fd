import {isTiffRaw, formatOfExtension} from './formats.js'
import {mpegAudioOf} from './mpeg-audio.js'

/** Offset, bytes in Latin-1, and the format they mean. Long enough, or odd enough, that no text begins like that. */
const SIGNATURES: readonly (readonly [number, string, string])[] = [
  [0, '\x89PNG\r\n\x1a\n', 'png'],
  [0, 'GIF87a', 'gif'],
  [0, 'GIF89a', 'gif'],
  [0, '\0\0\0\x0cJXL \r\n\x87\n', 'jxl'],
  [0, '\xff\x4f\xff\x51', 'jp2'],
  [0, '8BPS\0', 'psd'],
  [0, 'FUJIFILMCCD-RAW', 'raf'],
  [0, 'IIRO\x08\0', 'orf'],
  [0, 'IIRS\x08\0', 'orf'],
  [0, 'MMOR\0\0', 'orf'],
  [0, 'IIU\0', 'rw2'],
  [0, 'FOVb', 'x3f'],
  [0, '\0MRM', 'mrw'],
  [6, 'HEAPCCDR', 'crw'],
  [0, 'FLV\x01', 'flv'],
  [0, '\0\0\x01\xba', 'mpg'],
  [0, '\0\0\x01\xb3', 'mpg'],
  [0, '\x06\x0e\x2b\x34\x02\x05\x01\x01', 'mxf'],
  [0, '.RMF\0', 'rm'],
  [0, 'fLaC', 'flac'],
  [0, 'wvpk', 'wv'],
  [0, 'TTA1', 'tta'],
  [0, 'TTA2', 'tta'],
  [0, 'MP+\x07', 'mpc'],
  [0, 'MP+\x17', 'mpc'],
  [0, 'MPCK', 'mpc'],
  [0, 'DSD \x1c\0', 'dsf'],
  [0, 'FRM8\0', 'dff'],
  [0, '#!AMR', 'amr'],
  [0, 'caff\0\x01', 'caf'],
  [0, '.snd\0', 'au'],
  [0, 'Creative Voice File\x1a', 'voc'],
]

/** Marks of a family of containers, and what looks further. `named` is the format that the file's extension stands for. */
const CONTAINERS: readonly (readonly [number, string, (bytes: Buffer, named: string) => string | null])[] = [
  [0, '\xff\xd8\xff', bytes => (bytes[3] === 0xf7 ? 'jls' : 'jpeg')],
  [0, 'II*\0', tiffFamily],
  [0, 'MM\0*', tiffFamily],
  [0, 'II+\0', () => 'tiff'],
  [0, 'MM\0+', () => 'tiff'],
  [4, 'ftyp', isoMedia],
  [4, 'jP  \r\n\x87\n', bytes => (word(bytes, 20) === 'mjp2' ? 'mj2' : 'jp2')],
  ...['moov', 'mdat', 'wide', 'free', 'pnot'].map(atom => [4, atom, oldQuickTime] as const),
  [0, 'MAC ', bytes => (bytes.length > 5 && bytes.readUInt16LE(4) < 4100 ? 'ape' : null)],
  [0, 'RIFF', riffForm],
  [0, 'RF64', riffForm],
  [0, 'BW64', riffForm],
  [0, 'FORM', bytes => (['AIFF', 'AIFC'].includes(word(bytes, 8)) ? 'aiff' : null)],
  [0, '\x1aE\xdf\xa3', matroska],
  [0, 'OggS\0', ogg],
  [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11', windowsMedia],
  [0, '\0\0\0\x01', bareStream],
  [0, '\0\0\x01', bareStream],
  [0, 'G', bytes => transportStream(bytes, 0, 188)],
  [4, 'G', bytes => transportStream(bytes, 4, 192)],
]

/**
 * The name of the format that the first bytes of a file show, null where this table does not know them. `extension`, in lower case,
 * decides only between what one container may hold.
 */
export function signatureOf(bytes: Buffer, extension: string): string | null {
  const head = bytes.toString('latin1', 0, 32)
  for (const [offset, signature, format] of SIGNATURES) if (head.startsWith(signature, offset)) return format
  const named = formatOfExtension(extension)
  for (const [offset, mark, look] of CONTAINERS) {
    const format = head.startsWith(mark, offset) ? look(bytes, named?.format ?? '') : null
    if (format !== null) return format
  }
  return mpegAudioOf(bytes, named?.kind === 'audio')
}

function word(bytes: Buffer, offset: number): string {
  return bytes.toString('latin1', offset, offset + 4)
}

/** Most RAW formats are TIFF files whose maker is told somewhere behind the first bytes, so there the name decides. */
function tiffFamily(bytes: Buffer, named: string): string {
  if (bytes.toString('latin1', 8, 10) === 'CR') return 'cr2'
  return isTiffRaw(named) ? named : 'tiff'
}

const BRANDS: readonly (readonly [RegExp, string])[] = [
  [/^avi[fs]/, 'avif'],
  [/^he[iv][cxms]/, 'heic'],
  [/^(mif1|msf1|miaf)/, 'heif'],
  [/^crx /, 'cr3'],
  [/^jxl /, 'jxl'],
  [/^qt/, 'mov'],
  [/^(M4[ABP]|F4[AB])/, 'm4a'],
  [/^3g2/, '3g2'],
  [/^3g/, '3gp'],
]

/** ISO base media files (ISO/IEC 14496-12): the major brand says what it is, and `mif1` leaves it to the compatible ones. */
function isoMedia(bytes: Buffer, named: string): string {
  const brands = [word(bytes, 8)]
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256)
  for (let at = 16; at + 4 <= end; at += 4) brands.push(word(bytes, at))
  const formats = brands.map(brand => BRANDS.find(([pattern]) => pattern.test(brand))?.[1])
  if (formats[0] === 'heif') return formats.find(format => format === 'avif' || format === 'heic') ?? 'heif'
  return formats[0] ?? (named === 'm4a' ? 'm4a' : 'mp4')
}

/** What a stream of H.264 or H.265 without a container may begin with: a delimiter, what describes the pictures to come, or a remark. */
const FIRST_UNITS: Readonly<Record<string, (byte: number) => boolean>> = {
  h264: byte => [6, 7, 9].includes(byte & 0x1f),
  hevc: byte => [32, 33, 35, 39].includes(byte >> 1),
}

/** Four bytes say little, so the name has to say the same. */
function bareStream(bytes: Buffer, named: string): string | null {
  const first = bytes[bytes.indexOf(1) + 1] ?? 0
  return first < 0x80 && FIRST_UNITS[named]?.(first) === true ? named : null
}

/** QuickTime from before `ftyp`. The size of the first atom comes first, and that of text such as `The free` would be gigantic. */
function oldQuickTime(bytes: Buffer): string | null {
  return bytes.readUInt8(0) < 0x20 ? 'mov' : null
}

function riffForm(bytes: Buffer): string | null {
  const forms: Record<string, string> = {WEBP: 'webp', WAVE: 'wav', 'AVI ': 'avi', QLCM: 'qcp'}
  return forms[word(bytes, 8)] ?? null
}

/** EBML: the document type stands in the first few elements. Without it, an old or broken file is Matroska by its signature. */
function matroska(bytes: Buffer, named: string): string {
  const head = bytes.toString('latin1', 0, 128)
  if (head.includes('webm')) return named === 'weba' ? 'weba' : 'webm'
  return named === 'mka' ? 'mka' : 'mkv'
}

/** The first page of every stream comes before all other pages, so a video stream shows in the first bytes. */
function ogg(bytes: Buffer, named: string): string {
  if (bytes.includes('\x80theora', 0, 'latin1') || bytes.includes('\x01video\0', 0, 'latin1')) return 'ogv'
  const codec = bytes.toString('latin1', 28, 36)
  if (codec.startsWith('OpusHead')) return 'opus'
  if (codec.startsWith('Speex')) return 'spx'
  if (codec.startsWith('\x01vorbis') || codec.startsWith('\x7fFLAC')) return 'ogg'
  return named === 'ogv' ? 'ogv' : 'ogg'
}

const ASF_VIDEO_STREAM = Buffer.from('c0ef19bc4d5bcf11a8fd00805f5c442b', 'hex')
const ASF_AUDIO_STREAM = Buffer.from('409e69f84d5bcf11a8fd00805f5c442b', 'hex')

function windowsMedia(bytes: Buffer, named: string): string {
  if (bytes.includes(ASF_VIDEO_STREAM)) return 'wmv'
  return named === 'wma' || (named !== 'wmv' && bytes.includes(ASF_AUDIO_STREAM)) ? 'wma' : 'wmv'
}

/** MPEG transport stream (ISO/IEC 13818-1): `G` at the head of each packet, and never a packet with neither payload nor adaptation. */
function transportStream(bytes: Buffer, first: number, packet: number): string | null {
  for (let n = 0; n < 5; n++) {
    const at = first + n * packet
    if (bytes[at] !== 0x47 || ((bytes[at + 3] ?? 0) & 0x30) === 0) return null
  }
  return 'mts'
}
