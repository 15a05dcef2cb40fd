/** Words are compared by how they begin, so that `runs` is found by `running` and `walls` by `wall`. */
const LEAST_ALIKE = 3
const MOST_ENDING = 3

/**
 * When a caption says most of these words, of equal ones the first; null where none says any. `captions` are in the order of their times.
 */
export function captionMoment(captions: readonly {atMs: number; text: string}[], words: readonly string[]): number | null {
  const wanted = words.flatMap(wordsOf)
  let best = {atMs: null as number | null, found: 0}
  for (const {atMs, text} of captions) {
    const said = wordsOf(text)
    const found = wanted.filter(word => said.some(other => areAlike(word, other))).length
    if (found > best.found) best = {atMs, found}
  }
  return best.atMs
}

/** Whether all of these words are in a text, in whatever form. */
export function saysAll(text: string, words: readonly string[]): boolean {
  const said = wordsOf(text)
  return words.flatMap(wordsOf).every(word => said.some(other => areAlike(word, other)))
}

function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  )
}

function areAlike(a: string, b: string): boolean {
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  return a === b || (same >= LEAST_ALIKE && Math.max(a.length, b.length) - same <= MOST_ENDING)
}
