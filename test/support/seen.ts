import {basename} from 'node:path'
import type {FileJson} from './reports.js'
import type {Sandbox} from './sandbox.js'

/** Everything a person can see of files in the library, without row numbers and moments of adding. */
export async function seenOf(box: Sandbox, paths: readonly string[]): Promise<unknown> {
  const files = await Promise.all(paths.map(path => box.json<FileJson>(['show', path])))
  return files.map(({location, content, tags, detections}) => ({
    path: basename(location.path),
    identity: content?.identity,
    format: content?.format,
    keyframes: content?.keyframes,
    tags,
    detections,
  }))
}
