import type {Stats} from 'node:fs'
import {stat} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import type {Watcher} from '../../domain/ports/watcher.js'

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the system has no more watches to give (fs.inotify.max_user_watches)',
  EMFILE: 'the system has no more watchers to give (fs.inotify.max_user_instances)',
  ENFILE: 'the system has no more files to open',
}

/**
 * Watches folders, not files: one watch of the system a folder, where chokidar left alone takes one a file, and a library of a hundred thousand
 * pictures would use up what Linux gives. Files are left out of its view, and the folder's own raw events tell that one of them changed.
 */
export function openWatcher(): Watcher {
  return {
    async watch(folder, {hidden, onChange, onFailure, onConfusion}) {
      const {watch} = await import('chokidar')
      const ignored = (path: string, stats?: Stats): boolean => {
        if (path === folder) return false
        if (!hidden && basename(path).startsWith('.')) return true
        return stats !== undefined && !stats.isDirectory() && !stats.isSymbolicLink()
      }
      const watcher = watch(folder, {ignored, ignorePermissionErrors: true})
      const inodes = new Map<string, number>()
      let failed = false
      // The system watches a folder and not its name: where another one has taken the name, what is told of either is told of the other.
      const isReplaced = async (path: string): Promise<boolean> => {
        const known = inodes.get(path)
        const now = known === undefined ? undefined : await stat(path).catch(() => undefined)
        return now !== undefined && now.ino !== known && inodes.get(path) === known
      }
      await new Promise<void>(resolve => {
        let ready = false
        watcher.on('ready', () => {
          ready = true
          resolve()
        })
        // Not every system names what has changed in a folder.
        watcher.on('raw', (event, name: string | null, details) => {
          const {watchedPath} = details as {watchedPath: string}
          onChange(watchedPath)
          if (event !== 'rename' || name === null) return
          void isReplaced(join(watchedPath, name)).then(replaced => {
            if (replaced) onConfusion()
          })
        })
        watcher.on('addDir', (path, stats) => {
          if (stats !== undefined) inodes.set(path, stats.ino)
          if (ready) onChange(path)
        })
        watcher.on('unlinkDir', path => {
          inodes.delete(path)
          onChange(path)
          onChange(dirname(path))
        })
        watcher.on('error', error => {
          const code = error instanceof Error && 'code' in error ? String(error.code) : ''
          const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error))
          // Each of a thousand folders would say it again.
          if (!failed) onFailure(reason)
          failed = true
          resolve()
        })
      })
      return {[Symbol.asyncDispose]: () => watcher.close()}
    },
  }
}
