import {createHash, type Hash} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {throwIfCancelled} from '../../domain/errors.js'

/** Feeds a file to a hash. Rejects with `CANCELLED` on abort, else like reading does. */
export async function feed(hash: Hash, path: string, signal: AbortSignal): Promise<void> {
  const chunks = createReadStream(path, {highWaterMark: 1024 * 1024}) as AsyncIterable<Buffer>
  for await (const chunk of chunks) {
    throwIfCancelled(signal)
    hash.update(chunk)
  }
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await feed(hash, path, signal)
  return hash.digest('hex')
}
