import {readdir, readFile, stat} from 'node:fs/promises'
import {basename, dirname, extname, join} from 'node:path'

/** No text is longer. */
const MOST_BYTES = 16_000_000

/** Files beside one that have its name, or its name without the extension, with something after it: `clip.srt`, `clip.en.vtt`, `clip.mp4.srt`. */
export async function companions(path: string, extensions: readonly string[]): Promise<{path: string; bytes: Uint8Array}[]> {
  const folder = dirname(path)
  const stem = `${basename(path, extname(path))}.`.toLowerCase()
  const names = await readdir(folder).catch(() => [])
  const found: {path: string; bytes: Uint8Array}[] = []
  for (const name of names.sort()) {
    const lower = name.toLowerCase()
    if (!lower.startsWith(stem) || !extensions.includes(extname(lower))) continue
    const companion = join(folder, name)
    const stats = await stat(companion).catch(() => null)
    if (stats === null || !stats.isFile() || stats.size > MOST_BYTES) continue
    const bytes = await readFile(companion).catch(() => null)
    if (bytes !== null) found.push({path: companion, bytes})
  }
  return found
}
