import {randomUUID} from 'node:crypto'
import {once} from 'node:events'
import {createWriteStream} from 'node:fs'
import {mkdir, open, rename, rm} from 'node:fs/promises'
import {dirname} from 'node:path'
import type {Writable} from 'node:stream'
import {MediaForgeError, messageOf} from '../domain/errors.js'
import type {ExportedContent} from '../services/export.js'

/** What an export begins with: the one thing by which an earlier export is known. */
const HEAD = '{"mediaforge": "export", "version": 1, "contents": ['

/** Writes one JSON document, a content a line, as they come: a library of any size needs no memory. Gives how many there were. */
export async function writeExport(stream: Writable, contents: AsyncIterable<ExportedContent>): Promise<number> {
  let count = 0
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await once(stream, 'drain')
  }
  await write(HEAD)
  for await (const content of contents) await write(`${count++ === 0 ? '' : ','}\n${JSON.stringify(content)}`)
  await write('\n]}\n')
  return count
}

/** The same into a file, which takes its name when it is whole. Rejects with `USAGE` where something else than an earlier export stands there. */
export async function writeExportFile(path: string, contents: AsyncIterable<ExportedContent>): Promise<number> {
  if (!(await isFreeForExport(path))) {
    throw new MediaForgeError('USAGE', `${path} is there and is no earlier export: it is not overwritten`, {
      hint: 'name a file that is not there yet',
    })
  }
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await mkdir(dirname(path), {recursive: true})
    const stream = createWriteStream(temporary, {flush: true})
    // Waits with its errors, too: a disk that is full says so here.
    const closed = once(stream, 'close')
    const count = await writeExport(stream, contents)
    stream.end()
    await closed
    await rename(temporary, path)
    return count
  } catch (error) {
    await rm(temporary, {force: true})
    if (error instanceof MediaForgeError) throw error
    throw new MediaForgeError('USAGE', `${path} cannot be written: ${messageOf(error)}`, {cause: error})
  }
}

async function isFreeForExport(path: string): Promise<boolean> {
  try {
    const file = await open(path)
    try {
      const {buffer, bytesRead} = await file.read(Buffer.alloc(HEAD.length), 0, HEAD.length, 0)
      return buffer.toString('utf8', 0, bytesRead) === HEAD
    } finally {
      await file.close()
    }
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
  }
}
