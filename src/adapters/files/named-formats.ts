/**
 * Formats with next to no signature: too little to find them under any name, enough to see whether a file that goes by their
 * extension can be one.
 */
const CHECKS: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  bmp: bytes => bytes.toString('latin1', 0, 2) === 'BM',
  jxl: bytes => bytes.readUInt16BE(0) === 0xff0a,
  pnm: bytes => /^P[1-7]\s/.test(bytes.toString('latin1', 0, 3)),
  pcx: bytes => bytes[0] === 10 && [0, 2, 3, 4, 5].includes(bytes.readUInt8(1)) && [1, 2, 4, 8].includes(bytes.readUInt8(3)),
  tga: isTarga,
}

/** Whether the first bytes of a file can be the format that its extension stands for. */
export function fitsItsName(bytes: Buffer, format: string): boolean {
  return bytes.length >= 18 && CHECKS[format]?.(bytes) === true
}

/** Truevision TGA 2.0, field by field: colour map, image type, a size above zero, and bits a pixel. */
function isTarga(bytes: Buffer): boolean {
  return (
    bytes.readUInt8(1) <= 1 &&
    [1, 2, 3, 9, 10, 11].includes(bytes.readUInt8(2)) &&
    bytes.readUInt16LE(12) > 0 &&
    bytes.readUInt16LE(14) > 0 &&
    [8, 15, 16, 24, 32].includes(bytes.readUInt8(16))
  )
}
