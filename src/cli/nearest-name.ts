/** More wrong letters than this are no slip of the fingers. */
const MOST_SLIPS = 2

/** The name that was probably meant; undefined where none is near. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const [nearest] = names
    .map(name => ({name, slips: slipsBetween(typed, name)}))
    .filter(({slips}) => slips <= MOST_SLIPS)
    .sort((a, b) => a.slips - b.slips)
  return nearest?.name
}

/** Levenshtein's distance: letters added, left out or exchanged. */
function slipsBetween(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
