import {readdir, readFile, stat} from 'node:fs/promises'
import {basename, dirname, extname, join} from 'node:path'

/** No text is longer. */
const MOST_BYTES = 16_000_000

/**
 * Files beside one that are named after it: `clip.srt`, `clip.mp4.srt`, and with words in between, as languages and kinds are: `clip.en.srt`,
 * `clip.pt-BR.forced.srt`. What is named after another file as well belongs to the one whose name says more: `clip.2.srt` to `clip.2.mp4`, even where
 * that is gone, and `clip.avi.srt` to `clip.avi`.
 */
export async function companions(path: string, extensions: readonly string[]): Promise<{path: string; bytes: Uint8Array}[]> {
  const folder = dirname(path)
  const own = basename(path).toLowerCase()
  const names = await readdir(folder).catch(() => [])
  const others = new Set(names.map(name => name.toLowerCase()).filter(name => !extensions.includes(extname(name))))
  const known = new Set([...others].flatMap(name => [name, stemOf(name)]))
  const found: {path: string; bytes: Uint8Array}[] = []
  for (const name of names.sort()) {
    const lower = name.toLowerCase()
    if (!extensions.includes(extname(lower)) || !isNamedAfter(stemOf(lower), own, known)) continue
    const companion = join(folder, name)
    const stats = await stat(companion).catch(() => null)
    if (stats === null || !stats.isFile() || stats.size > MOST_BYTES) continue
    const bytes = await readFile(companion).catch(() => null)
    if (bytes !== null) found.push({path: companion, bytes})
  }
  return found
}

/** A language or what kind of text it is; a number is a part of a name. */
const WORD = /^\p{L}+(?:[-_][\p{L}\d]+)*$/u
/** What players keep in the same formats and nobody says. */
const NO_TEXT = new Set(['chapters', 'metadata', 'sprites', 'thumbnails'])

/** `name`: without its extension. `known`: the names of all files that could have companions, with and without theirs. */
function isNamedAfter(name: string, own: string, known: ReadonlySet<string>): boolean {
  for (let left = name; left !== ''; left = stemOf(left)) {
    if (left === own || left === stemOf(own)) return true
    const word = extname(left).slice(1)
    if (known.has(left) || NO_TEXT.has(word) || !WORD.test(word)) return false
  }
  return false
}

function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length)
}
