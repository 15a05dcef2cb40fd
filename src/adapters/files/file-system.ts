import {stat} from 'node:fs/promises'
import type {FileSystem} from '../../domain/ports/files.js'
import {WorkerThread} from '../threads/worker-thread.js'
import {companions} from './companions.js'
import {fileError, saysGone} from './file-errors.js'
import {hashWhole, identify, identifyMany} from './identity.js'
import type {Work} from './messages.js'
import {writeNew} from './new-file.js'
import {recognise} from './recognise.js'
import {foundFile, walk} from './walk.js'

/** A thread takes about as long to start as so many small files to read. */
const WORTH_A_THREAD = 500

/** The files of this machine. */
export function openFileSystem(): FileSystem {
  const thread = new WorkerThread<Work>(new URL('./worker.js', import.meta.url))
  return {
    walk,
    recognise,
    identify,
    identifyMany: (files, {signal} = {}) =>
      files.length < WORTH_A_THREAD
        ? identifyMany(files, signal)
        : thread.ask(
            'identify',
            files.map(({path, sizeBytes}) => ({path, sizeBytes})),
            signal,
          ),
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
