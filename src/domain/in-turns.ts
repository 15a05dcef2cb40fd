import {throwIfCancelled} from './errors.js'

/** So many files are open side by side: more would only queue up for the system's threads. */
const AT_ONCE = 16

/** Runs over items a few at a time, in order; rejects with `CANCELLED` between two turns. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  run: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let i = 0; i < items.length; i += AT_ONCE) {
    throwIfCancelled(signal)
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map((item, j) => run(item, i + j)))))
  }
  return results
}
