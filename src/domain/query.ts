/** A search as a person typed it. */
export interface Query {
  /** What to look for by meaning: the words and phrases without the operators. */
  meaning: string
  words: string[]
  phrases: string[]
  /** Words and phrases that must not be there. */
  without: string[]
}

/** Reads `beach "red car" -dog`: words, phrases in double quotes, and what a minus in front excludes. Nothing is ever a syntax error. */
export function parseQuery(text: string): Query {
  const query: Query = {meaning: '', words: [], phrases: [], without: []}
  const meaning: string[] = []
  for (const match of text.normalize('NFC').matchAll(/(?<=^|\s)(-?)(?:"([^"]*)"|(\S+))/gu)) {
    const [, minus, phrase, word] = match
    const term = (phrase ?? word ?? '').trim()
    if (!/[\p{L}\p{N}]/u.test(term)) continue
    if (minus === '-') query.without.push(term)
    else {
      meaning.push(term)
      if (phrase === undefined) query.words.push(term)
      else query.phrases.push(term)
    }
  }
  query.meaning = meaning.join(' ')
  return query
}

/** Words that say nothing about a picture by themselves. */
const STOP_WORDS = new Set(
  'a an the of in on at to and or with from by for is are was were this that some my our photo photos picture pictures image images video videos'.split(
    ' ',
  ),
)

/**
 * FTS5 expressions from strict to loose: all terms, then any of them, each without what must not be there. Every term is quoted, so that no operator of FTS5 is ever reached;
 * empty where nothing is left to look for.
 */
export function textExpressions(query: Query): string[] {
  const terms = meantWords(query).map(quote)
  if (terms.length === 0) return []
  const expressions = terms.length === 1 ? terms : [terms.join(' AND '), terms.join(' OR ')]
  const without = anyOf(query.without)
  return without === null ? expressions : expressions.map(expression => `(${expression}) NOT (${without})`)
}

/** The words and phrases that say something, or all words where none does. */
export function meantWords({words, phrases}: Query): string[] {
  const meant = words.filter(word => !STOP_WORDS.has(word.toLowerCase()))
  return [...(meant.length > 0 || phrases.length > 0 ? meant : words), ...phrases]
}

/** An FTS5 expression that matches any of these terms; null for none. */
export function anyOf(terms: string[]): string | null {
  return terms.length === 0 ? null : terms.map(quote).join(' OR ')
}

function quote(term: string): string {
  return `"${term.replaceAll('"', '""')}"`
}
