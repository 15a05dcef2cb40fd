/** Kilobits a second by bitrate index, ISO/IEC 11172-3 and 13818-3: MPEG-1 layers I, II, III, then MPEG-2 layer I and its layers II and III. */
const BITRATES: readonly (readonly number[])[] = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
]

/** MPEG-1; MPEG-2 halves these and MPEG-2.5 quarters them. */
const SAMPLE_RATES: readonly number[] = [44_100, 48_000, 32_000]

interface Frame {
  format: 'mp3' | 'aac'
  length: number
}

/**
 * `mp3` (any MPEG layer) or `aac` (ADTS) where two whole frames follow each other, else null: the eleven bits of one frame's sync word
 * also turn up in text and in noise. Looks at the first byte, or with `anywhere` also behind junk.
 */
export function mpegAudioOf(bytes: Buffer, anywhere: boolean): 'mp3' | 'aac' | null {
  for (let at = bytes.indexOf(0xff); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    if (at > 0 && !anywhere) return null
    const frame = frameAt(bytes, at)
    if (frame !== null && frameAt(bytes, at + frame.length)?.format === frame.format) return frame.format
  }
  return null
}

function frameAt(bytes: Buffer, at: number): Frame | null {
  if (at + 6 > bytes.length || bytes.readUInt16BE(at) < 0xffe0) return null
  const [second, third] = [bytes.readUInt8(at + 1), bytes.readUInt8(at + 2)]
  return (second & 0xf6) === 0xf0 ? adtsFrame(bytes, at, third) : mpegFrame(second, third)
}

function adtsFrame(bytes: Buffer, at: number, third: number): Frame | null {
  const length = (bytes.readUIntBE(at + 3, 3) >> 5) & 0x1fff
  return length > 7 && ((third >> 2) & 15) < 13 ? {format: 'aac', length} : null
}

function mpegFrame(second: number, third: number): Frame | null {
  const version = (second >> 3) & 3
  const layer = 4 - ((second >> 1) & 3)
  const sampleRate = SAMPLE_RATES[(third >> 2) & 3]
  const isMpeg1 = version === 3
  const kilobits = BITRATES[isMpeg1 ? layer - 1 : layer === 1 ? 3 : 4]?.[third >> 4]
  if (version === 1 || layer === 4 || sampleRate === undefined || kilobits === undefined || kilobits === 0) return null
  const bytesASecond = kilobits * 125
  const hertz = sampleRate / (isMpeg1 ? 1 : version === 2 ? 2 : 4)
  const padding = (third >> 1) & 1
  // Layer I counts its 384 samples' bytes in words of four.
  if (layer === 1) return {format: 'mp3', length: (Math.floor((96 * bytesASecond) / hertz) + padding) * 4}
  const samples = layer === 3 && !isMpeg1 ? 576 : 1152
  return {format: 'mp3', length: Math.floor((samples * bytesASecond) / hertz) + padding}
}
