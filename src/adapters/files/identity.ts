import {xxh3} from '@node-rs/xxhash'
import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'
import {inTurns} from '../../domain/in-turns.js'
import {WHOLE_BYTES} from '../../domain/media.js'
import type {KnownSize} from '../../domain/ports/files.js'
import {changedWhileRead} from './file-errors.js'
import {withRegularFile, type RegularFile} from './regular-file.js'

const KIB = 1024
const MIB = 1024 * KIB

/** Of a file above `WHOLE_BYTES`: this much of the head and of the tail, where containers keep their metadata and indexes. */
const EDGE_BYTES = 128 * KIB
/** And so many samples of this size between them, at even distances. */
const SAMPLES = 6
const SAMPLE_BYTES = 64 * KIB

/** What `hashWhole` holds in memory at a time. */
const PIECE_BYTES = 4 * MIB

/**
 * Identity of a file's bytes, 32 hexadecimal digits. Up to 1 MiB the XXH3-128 of the file; above, the XXH3-128 of its size (64 bits,
 * little-endian), its first and last 128 KiB and six samples of 64 KiB between. `sizeBytes` is what the file was known to have: a file
 * of another size is still being written, and rejects with `FILE_UNREADABLE`. Also rejects with `FILE_VANISHED`.
 */
export async function identify(path: string, sizeBytes: number): Promise<string> {
  return withRegularFile(path, async file => {
    const size = file.sizeBytes
    if (size !== sizeBytes) throw changedWhileRead()
    if (size <= WHOLE_BYTES) return hex(xxh3.xxh128(await readExactly(file, Buffer.allocUnsafe(size), 0)))
    const samples = Buffer.allocUnsafe(8 + 2 * EDGE_BYTES + SAMPLES * SAMPLE_BYTES)
    let filled = samples.writeBigUInt64LE(BigInt(size))
    for (const {at, length} of samplePlaces(size)) {
      await readExactly(file, samples.subarray(filled, filled + length), at)
      filled += length
    }
    return hex(xxh3.xxh128(samples))
  })
}

/** The identities of some files, in their order; null for one that `identify` rejects. Rejects with `CANCELLED` between a few. */
export function identifyMany(files: readonly KnownSize[], signal?: AbortSignal): Promise<(string | null)[]> {
  return inTurns(files, signal, async ({path, sizeBytes}) => {
    try {
      return await identify(path, sizeBytes)
    } catch (error) {
      if (error instanceof MediaForgeError) return null
      throw error
    }
  })
}

/**
 * A hash of every byte, 32 hexadecimal digits: the XXH3-128 of a file of up to 4 MiB, and of a longer one the XXH3-128 of the list of
 * its 4 MiB pieces' XXH3-128 hashes, because the streaming hash that the package offers has only 64 bits. Rejects as `identify` does,
 * and with `CANCELLED` between two pieces.
 */
export async function hashWhole(path: string, options: {signal?: AbortSignal} = {}): Promise<string> {
  return withRegularFile(path, async file => {
    const size = file.sizeBytes
    const piece = Buffer.allocUnsafe(Math.min(size, PIECE_BYTES))
    const hashes: string[] = []
    for (let at = 0; at < size || at === 0; at += PIECE_BYTES) {
      throwIfCancelled(options.signal)
      const bytes = piece.subarray(0, Math.min(PIECE_BYTES, size - at))
      hashes.push(hex(xxh3.xxh128(await readExactly(file, bytes, at))))
    }
    return hashes.length === 1 ? hashes.join('') : hex(xxh3.xxh128(Buffer.from(hashes.join(''), 'hex')))
  })
}

/** Head, samples and tail of a file above `WHOLE_BYTES`, in file order. */
function samplePlaces(size: number): {at: number; length: number}[] {
  const step = (size - 2 * EDGE_BYTES - SAMPLE_BYTES) / (SAMPLES + 1)
  const interior = Array.from({length: SAMPLES}, (_, n) => ({at: EDGE_BYTES + Math.floor(step * (n + 1)), length: SAMPLE_BYTES}))
  return [{at: 0, length: EDGE_BYTES}, ...interior, {at: size - EDGE_BYTES, length: EDGE_BYTES}]
}

/** Fills the buffer from a place in the file: one read may give less than was asked for. */
async function readExactly(file: RegularFile, buffer: Buffer, position: number): Promise<Buffer> {
  for (let filled = 0; filled < buffer.length;) {
    const bytesRead = await file.read(buffer.subarray(filled), position + filled)
    if (bytesRead === 0) throw changedWhileRead()
    filled += bytesRead
  }
  return buffer
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(32, '0')
}
