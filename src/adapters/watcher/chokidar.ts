import type {Stats} from 'node:fs'
import {basename, dirname} from 'node:path'
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
    async watch(folder, {hidden, onChange, onFailure}) {
      const {watch} = await import('chokidar')
      const ignored = (path: string, stats?: Stats): boolean => {
        if (path === folder) return false
        if (!hidden && basename(path).startsWith('.')) return true
        return stats !== undefined && !stats.isDirectory() && !stats.isSymbolicLink()
      }
      const watcher = watch(folder, {ignored, ignoreInitial: true, ignorePermissionErrors: true})
      let failed = false
      await new Promise<void>(resolve => {
        watcher.on('ready', resolve)
        watcher.on('raw', (_event, _name, details) => {
          onChange((details as {watchedPath: string}).watchedPath)
        })
        watcher.on('addDir', path => {
          onChange(path)
        })
        watcher.on('unlinkDir', path => {
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
