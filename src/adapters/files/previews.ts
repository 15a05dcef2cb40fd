import {randomUUID} from 'node:crypto'
import {mkdir, rename, rm, stat, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import type {Preview, PreviewStore} from '../../domain/ports/media-tools.js'
import {errnoOf, reasonOf} from './file-errors.js'

/**
 * Previews below `<cacheDir>/previews`, a folder a content. Writing rejects with `DISK_FULL`, `DISK_FAILING`, and with `LIBRARY_READ_ONLY`
 * where the cache folder cannot be written.
 */
export function openPreviewStore(cacheDir: string): PreviewStore {
  const folderOf = (identity: string): string => join(cacheDir, 'previews', identity.slice(0, 2), identity)
  return {
    pathOf: (identity, preview) => join(folderOf(identity), fileName(preview)),

    // After a power cut a file may be there without its bytes, since nothing here waits for the disk.
    has: path =>
      stat(path).then(
        stats => stats.isFile() && stats.size > 0,
        () => false,
      ),

    async write(path, bytes) {
      const temporary = `${path}.${randomUUID()}.tmp`
      try {
        await mkdir(dirname(path), {recursive: true})
        await writeFile(temporary, bytes)
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, {force: true}).catch(() => undefined)
        throw cacheError(error, cacheDir)
      }
    },

    async prepare(path) {
      try {
        await mkdir(dirname(path), {recursive: true})
      } catch (error) {
        throw cacheError(error, cacheDir)
      }
    },

    async remove(identity) {
      try {
        await rm(folderOf(identity), {recursive: true, force: true})
      } catch (error) {
        throw cacheError(error, cacheDir)
      }
    },
  }
}

function fileName(preview: Preview): string {
  if (typeof preview === 'object') return 'atMs' in preview ? `${preview.atMs}.jpg` : `${preview.thumbnailAtMs}.webp`
  switch (preview) {
    case 'thumbnail':
      return 'thumbnail.webp'
    case 'sprites':
      return 'sprites.webp'
    case 'sprite cues':
      return 'sprites.vtt'
  }
}

function cacheError(error: unknown, cacheDir: string): unknown {
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new MediaForgeError('DISK_FULL', `no space left for previews in ${cacheDir}`, {
        hint: 'free some space and run the command again: it goes on where it stopped',
        cause: error,
      })
    case 'EIO':
      return new MediaForgeError('DISK_FAILING', `previews cannot be written in ${cacheDir}: ${reasonOf(error)}`, {
        hint: 'set MEDIAFORGE_CACHE_DIR to a folder on another disk',
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new MediaForgeError('LIBRARY_READ_ONLY', `previews cannot be written in ${cacheDir}: ${reasonOf(error)}`, {
        hint: 'set MEDIAFORGE_CACHE_DIR to a folder that you may write to',
        cause: error,
      })
    default:
      return error
  }
}
