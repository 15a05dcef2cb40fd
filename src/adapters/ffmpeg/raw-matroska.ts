import {MediaForgeError} from '../../domain/errors.js'

/** One block of raw bytes with its time. The bytes are the reader's own until the next block is asked for. */
export interface TimedBlock {
  atMs: number
  data: Uint8Array
}

/** Element ids of Matroska (RFC 9559), as they stand in the file. */
const SEGMENT = 0x18538067
const CLUSTER = 0x1f43b675
const CLUSTER_TIME = 0xe7
const BLOCK_GROUP = 0xa0
const BLOCK = 0xa1
const SIMPLE_BLOCK = 0xa3

/** Elements that are walked into; all others are passed over. */
const CONTAINERS: ReadonlySet<number> = new Set([SEGMENT, CLUSTER, BLOCK_GROUP])

/** The longest header of an element, and of a block of a track below 128. */
const MOST_HEADER_BYTES = 12
const BLOCK_HEADER_BYTES = 4

/**
 * Reads the blocks of a Matroska stream of one track in units of a millisecond, as ffmpeg writes it to a pipe: raw pictures or samples that
 * carry their own time, which a plain pipe of bytes would lose. A stream that ends in the middle of a block ends before it.
 */
export async function* readRawMatroska(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TimedBlock, void, undefined> {
  const input = new ByteQueue(stream)
  let clusterMs = 0
  try {
    for (;;) {
      const header = await input.header()
      if (header === null) return
      const {id, size} = header
      if (CONTAINERS.has(id)) continue
      if (id !== CLUSTER_TIME && id !== BLOCK && id !== SIMPLE_BLOCK) {
        await input.skip(size)
        continue
      }
      const payload = await input.take(size)
      if (payload === null) return
      if (id === CLUSTER_TIME) clusterMs = payload.reduce((value, byte) => value * 256 + byte, 0)
      else {
        const offset = new DataView(payload.buffer, payload.byteOffset).getInt16(1)
        yield {atMs: clusterMs + offset, data: payload.subarray(BLOCK_HEADER_BYTES)}
      }
    }
  } finally {
    await input.close()
  }
}

/** Bytes that are asked for in pieces of another size than they come in. */
class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>
  #buffer: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#source = stream[Symbol.asyncIterator]()
  }

  /** Identifier and size of the next element; null at the end. */
  async header(): Promise<{id: number; size: number} | null> {
    await this.#fill(MOST_HEADER_BYTES)
    const bytes = this.#buffer.subarray(this.#start, this.#end)
    const idBytes = vintBytes(bytes[0])
    const sizeBytes = vintBytes(bytes[idBytes])
    if (bytes.length < idBytes + sizeBytes) return null
    let id = 0
    for (let i = 0; i < idBytes; i++) id = id * 256 + (bytes[i] as number)
    let size = (bytes[idBytes] as number) & (0xff >> sizeBytes)
    for (let i = 1; i < sizeBytes; i++) size = size * 256 + (bytes[idBytes + i] as number)
    this.#start += idBytes + sizeBytes
    return {id, size}
  }

  /** The next bytes, valid until something else is asked for; null where the stream ends before. */
  async take(size: number): Promise<Uint8Array | null> {
    if (!(await this.#fill(size))) return null
    this.#start += size
    return this.#buffer.subarray(this.#start - size, this.#start)
  }

  async skip(size: number): Promise<void> {
    let left = size
    while (left > 0) {
      const step = Math.min(left, this.#end - this.#start)
      this.#start += step
      left -= step
      if (left > 0 && !(await this.#fill(1))) return
    }
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  /** Waits until so many bytes are there; false where the stream ends before. */
  async #fill(size: number): Promise<boolean> {
    while (this.#end - this.#start < size) {
      const next = await this.#source.next()
      if (next.done === true) return false
      this.#append(next.value)
    }
    return true
  }

  #append(chunk: Uint8Array): void {
    const held = this.#end - this.#start
    if (this.#end + chunk.length > this.#buffer.length) {
      // What was handed out may still lie in the old buffer, but never while more is asked for.
      const room = Math.max(this.#buffer.length, 2 * (held + chunk.length))
      const target = room === this.#buffer.length ? this.#buffer : new Uint8Array(room)
      target.set(this.#buffer.subarray(this.#start, this.#end))
      this.#buffer = target
      this.#start = 0
      this.#end = held
    }
    this.#buffer.set(chunk, this.#end)
    this.#end += chunk.length
  }
}

/** Length of a variable-size integer by its first byte (RFC 8794, section 4). */
function vintBytes(first: number | undefined): number {
  if (first === undefined) return 1
  const bytes = Math.clz32(first) - 23
  if (bytes > 8) throw new MediaForgeError('FILE_BROKEN', 'ffmpeg wrote a stream that makes no sense')
  return bytes
}
