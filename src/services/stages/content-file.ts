import {MediaForgeError} from '../../domain/errors.js'
import type {ContentView} from '../../domain/ports/library.js'
import type {Ports} from '../ports.js'

/** The path of a location where the content can be read now. Rejects with `FILE_VANISHED` where none is left. */
export async function openLocation(content: ContentView, {files}: Pick<Ports, 'files'>): Promise<string> {
  for (const {path, sizeBytes, state} of content.locations) {
    if (state !== 'missing' && (await files.stat(path))?.sizeBytes === sizeBytes) return path
  }
  throw new MediaForgeError('FILE_VANISHED', 'the file is no longer where it was', {
    hint: 'scan its folder again: mediaforge scan FOLDER',
  })
}
