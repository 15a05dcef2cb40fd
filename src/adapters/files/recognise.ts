import {extname} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import type {FileFormat} from '../../domain/media.js'
import {formatNamed, formatOfExtension, promisesMedia} from './formats.js'
import {fitsItsName} from './named-formats.js'
import {withRegularFile, type RegularFile} from './regular-file.js'
import {signatureOf} from './signatures.js'

/** What `file-type` asks for. */
const HEAD_BYTES = 4100

/** More ID3 tags than this in a row are noise. */
const MAX_ID3_TAGS = 16

/**
 * What the first bytes say a file is; null for no media. Rejects with `FILE_EMPTY` and `FILE_UNRECOGNISED` where only the name says
 * media, `FILE_VANISHED` and `FILE_UNREADABLE`.
 */
export async function recognise(path: string): Promise<FileFormat | null> {
  const extension = extname(path).slice(1).toLowerCase()
  const {head, body} = await withRegularFile(path, readHead)
  if (head.length === 0) {
    if (promisesMedia(extension)) throw new MediaForgeError('FILE_EMPTY', 'the file is empty')
    return null
  }
  const format = formatNamed(signatureOf(body, extension) ?? '')
  // Whatever an ID3 tag stands in front of is sound, and MP3 where its first frame cannot be made out.
  if (head !== body) return format?.kind === 'audio' ? format : (formatNamed('mp3') ?? null)
  return format ?? (await lessCommonFormat(head, extension))
}

/** The first bytes, and those behind ID3 tags: the same buffer where there are none. */
async function readHead(file: RegularFile): Promise<{head: Buffer; body: Buffer}> {
  const head = await readAt(file, 0)
  let body = head
  let at = 0
  for (let tags = 0; tags < MAX_ID3_TAGS && isId3(body); tags++) {
    at += id3Bytes(body)
    body = await readAt(file, at)
  }
  return {head, body}
}

async function readAt(file: RegularFile, position: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(HEAD_BYTES)
  return buffer.subarray(0, await file.read(buffer, position))
}

/** ID3v2 (id3.org, section 3.1): `ID3`, two bytes of version, flags, and four bytes of seven bits each for the size. */
function isId3(bytes: Buffer): boolean {
  return (
    bytes.length >= 10 &&
    bytes.toString('latin1', 0, 3) === 'ID3' &&
    bytes.readUInt8(3) < 16 &&
    (bytes.readUInt32BE(6) & 0x80808080) === 0
  )
}

function id3Bytes(bytes: Buffer): number {
  const hasFooter = (bytes.readUInt8(5) & 0x10) !== 0
  const size = bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + byte, 0)
  return 10 + size + (hasFooter ? 10 : 0)
}

/** For what the table of signatures does not know. */
async function lessCommonFormat(head: Buffer, extension: string): Promise<FileFormat | null> {
  const named = formatOfExtension(extension)
  if (named !== undefined && fitsItsName(head, named.format)) return named
  const {fileTypeFromBuffer} = await import('file-type')
  const type = await fileTypeFromBuffer(head)
  const found = formatOfExtension(type?.ext ?? '')
  // The package believes two bytes, or a text that begins with `The free`, so here the name has to agree.
  if (found !== undefined && found.kind === named?.kind) return found
  const isOtherThing = type !== undefined && found === undefined
  if (isOtherThing || !promisesMedia(extension)) return null
  throw new MediaForgeError(
    'FILE_UNRECOGNISED',
    `the name says .${extension}, but the content is no ${named?.format} or any other known format`,
  )
}
