import {normaliseTag} from './tag-names.js'

/** A thing that pictures are asked for. */
export interface Label {
  /** The name of its tag, as all tags are written. */
  name: string
  /** What it is called in sentences, its own word first. */
  words: readonly string[]
  /** The labels that it is one of, the narrowest first; pictures have those tags, too. */
  parents: readonly string[]
}

export interface Vocabulary {
  labels: readonly Label[]
  /** Changes with its text: what was made from another version is made anew. */
  version: string
}

/** A line that begins so is a remark. */
const REMARK = '#'
const HEADING = /^\[([^\]<]+)(?:<([^\]]+))?\]$/

/**
 * Reads labels from text: separated by commas or lines, `=` before other words for the same thing. `[parent]` is over all that follows, and
 * `[label < parent]` says what that one belongs to; each of these is a label as well. A label that comes again gains the words and parents it
 * did not have.
 */
export function parseVocabulary(texts: readonly string[]): Label[] {
  const labels = new Map<string, {words: string[]; parents: string[]}>()
  const parentOf = new Map<string, string>()

  const add = (words: readonly string[], parent: string | null): void => {
    const [first = ''] = words
    const name = normaliseTag(first)
    if (name === '') return
    const label = labels.get(name) ?? {words: [], parents: []}
    for (const word of words) if (!label.words.includes(word)) label.words.push(word)
    if (parent !== null && parent !== name && !label.parents.includes(parent)) label.parents.push(parent)
    labels.set(name, label)
  }

  for (const text of texts) {
    let parent: string | null = null
    for (const line of text.split(/\r?\n/)) {
      const trimmed = line.trim()
      if (trimmed === '' || trimmed.startsWith(REMARK)) continue
      const [, heading, above] = HEADING.exec(trimmed) ?? []
      if (heading === undefined) {
        for (const entry of trimmed.split(',')) add(wordsOf(entry), parent)
        continue
      }
      parent = normaliseTag(heading)
      const over = above === undefined ? null : normaliseTag(above)
      add(wordsOf(heading), over)
      if (over !== null) parentOf.set(parent, over)
    }
  }
  return [...labels].map(([name, {words, parents}]) => ({
    name,
    words,
    parents: [...new Set(parents.flatMap(parent => [parent, ...ancestors(parent, parentOf)]))],
  }))
}

function wordsOf(entry: string): string[] {
  return entry
    .split('=')
    .map(word => word.trim())
    .filter(word => word !== '')
}

function ancestors(name: string, parentOf: ReadonlyMap<string, string>): string[] {
  const found: string[] = []
  for (let next = parentOf.get(name); next !== undefined && !found.includes(next); next = parentOf.get(next)) found.push(next)
  return found
}

/** The number of the first line that begins a heading and does not end it; null where there is none. */
export function brokenHeading(text: string): number | null {
  const at = text.split(/\r?\n/).findIndex(line => line.trim().startsWith('[') && !HEADING.test(line.trim()))
  return at < 0 ? null : at + 1
}
