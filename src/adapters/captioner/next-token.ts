/**
 * The likeliest token (greedy decoding), of those that would not repeat `noRepeat` tokens in a row that were written already. Null where no
 * score is a number.
 */
export function nextToken(scores: Float32Array, written: readonly number[], noRepeat: number | undefined): number | null {
  const banned = noRepeat === undefined ? new Set<number>() : repeating(written, noRepeat)
  let best: number | null = null
  for (const [id, score] of scores.entries()) {
    if (score > (best === null ? -Infinity : (scores[best] as number)) && !banned.has(id)) best = id
  }
  return best
}

/** What came after the last `length - 1` tokens wherever they were written before. */
function repeating(written: readonly number[], length: number): Set<number> {
  const last = written.slice(1 - length)
  const banned = new Set<number>()
  for (let from = 0; from + length <= written.length; from++) {
    if (last.every((id, i) => written[from + i] === id)) banned.add(written[from + length - 1] as number)
  }
  return banned
}
