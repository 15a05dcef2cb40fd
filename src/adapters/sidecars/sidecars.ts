import {randomUUID} from 'node:crypto'
import {mkdir, readFile, realpath, rename, rm, stat, writeFile} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {SidecarContent, Sidecars} from '../../domain/ports/sidecars.js'
import type {SidecarFacts} from '../../domain/sidecars.js'
import {readTakeout} from '../../domain/takeout.js'

/** Larger than any sidecar; JSON files may be anything. */
const MAX_BYTES = 4 * 1024 * 1024

/** Reads sidecars by their names, `.json` and `.xmp`, and writes XMP. */
export function openSidecars(): Sidecars {
  return {
    async read(path, {signal} = {}): Promise<SidecarFacts> {
      signal?.throwIfAborted()
      try {
        const stats = await stat(path)
        if (!stats.isFile() || stats.size > MAX_BYTES) return {}
        const text = await readFile(path, 'utf8')
        if (/\.json$/i.test(path)) return readTakeout(JSON.parse(text))
        const {readXmp} = await import('./xmp.js')
        return readXmp(text)
      } catch {
        // A sidecar that cannot be read is no reason to refuse the picture beside it.
        return {}
      }
    },

    async write(path, content, {template, dryRun}) {
      const [target, existing] = await find(path)
      const base = existing ?? (template === undefined ? null : (await find(template))[1])
      const text = await merged(base, content)
      if (text === existing) return false
      if (!dryRun) await writeWhole(target, text)
      return true
    },
  }
}

/** Where a sidecar really is, links followed, and its text; null where there is none. */
async function find(path: string): Promise<[path: string, text: string | null]> {
  try {
    const target = await realpath(path)
    return [target, await readFile(target, 'utf8')]
  } catch (error) {
    if (isMissing(error)) return [path, null]
    throw new MediaForgeError('FILE_UNREADABLE', `the sidecar ${basename(path)} cannot be read`, {cause: error})
  }
}

async function merged(base: string | null, content: SidecarContent): Promise<string> {
  const {mergeXmp} = await import('./xmp-writer.js')
  try {
    return mergeXmp(base, content)
  } catch (error) {
    throw new MediaForgeError(
      'FILE_BROKEN',
      `the sidecar that is there is no valid XMP and was left alone: ${messageOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  // Hidden, so that a scan meanwhile does not take it in.
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await mkdir(dirname(path), {recursive: true})
    const mode = await stat(path).then(
      stats => stats.mode & 0o777,
      () => 0o644,
    )
    await writeFile(temporary, text, {mode})
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, {force: true}).catch(() => undefined)
    if (codeOf(error) === 'ENOSPC') throw new MediaForgeError('DISK_FULL', `no room left for ${path}`, {cause: error})
    throw new MediaForgeError('FILE_UNREADABLE', `no sidecar can be written here (${codeOf(error)}): name a folder with --to`, {
      cause: error,
    })
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
