import {randomUUID} from 'node:crypto'
import {once} from 'node:events'
import {createWriteStream} from 'node:fs'
import {mkdir, open, rename, rm} from 'node:fs/promises'
import {dirname} from 'node:path'
import type {Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {MediaForgeError, messageOf} from '../domain/errors.js'
import type {ExportedContent} from '../services/export.js'

/** What an export begins with: the one thing by which an earlier export is known. */
const HEAD = '{"mediaforge": "export", "version": 1, "contents": ['

/** Writes one JSON document, a content a line, as they come: a library of any size needs no memory. Gives how many there were. */
export async function writeExport(stream: Writable, contents: AsyncIterable<ExportedContent>): Promise<number> {
  const tally = {contents: 0}
  for await (const text of exportText(contents, tally)) {
    if (!stream.write(text)) await once(stream, 'drain')
  }
  return tally.contents
}

async function* exportText(contents: AsyncIterable<ExportedContent>, tally: {contents: number}): AsyncGenerator<string> {
  yield HEAD
  for await (const content of contents) yield `${tally.contents++ === 0 ? '' : ','}\n${JSON.stringify(content)}`
  yield '\n]}\n'
}

/**
 * The same into a file, which takes its name when it is whole. Rejects with `USAGE` where something else than an earlier export stands there, or nothing
 * can be written, and with `DISK_FULL`.
 */
export async function writeExportFile(path: string, contents: AsyncIterable<ExportedContent>): Promise<number> {
  if (!(await isFreeForExport(path))) {
    throw new MediaForgeError('USAGE', `${path} is there and is no earlier export: it is not overwritten`, {
      hint: 'name a file that is not there yet',
    })
  }
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await mkdir(dirname(path), {recursive: true})
    const tally = {contents: 0}
    await pipeline(exportText(contents, tally), createWriteStream(temporary, {flush: true}))
    await rename(temporary, path)
    return tally.contents
  } catch (error) {
    await rm(temporary, {force: true})
    if (error instanceof MediaForgeError) throw error
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new MediaForgeError('DISK_FULL', `no room left for ${path}`, {cause: error})
    }
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
