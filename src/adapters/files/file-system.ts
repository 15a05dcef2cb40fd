import {stat} from 'node:fs/promises'
import type {FileSystem} from '../../domain/ports/files.js'
import {companions} from './companions.js'
import {fileError, saysGone} from './file-errors.js'
import {hashWhole, identify} from './identity.js'
import {writeNew} from './new-file.js'
import {recognise} from './recognise.js'
import {foundFile, walk} from './walk.js'

/** The files of this machine. */
export function openFileSystem(): FileSystem {
  return {
    walk,
    recognise,
    identify,
    hashWhole,
    companions,
    writeNew,
    async exists(path) {
      return stat(path).then(
        () => true,
        (error: unknown) => !saysGone(error),
      )
    },
    async stat(path) {
      try {
        const stats = await stat(path)
        return stats.isFile() ? foundFile(path, stats) : null
      } catch (error) {
        if (saysGone(error)) return null
        throw fileError(error)
      }
    },
  }
}
