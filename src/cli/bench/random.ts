/** Choices that are the same in every run. */
export interface Random {
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  isOneIn(count: number): boolean
  shuffled<Item>(items: readonly Item[]): Item[]
}

export function createRandom(seed: number): Random {
  const next = generator(seed)
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    between,
    isOneIn: count => next() < 1 / count,
    shuffled(items) {
      const shuffled = [...items]
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = between(0, i)
        ;[shuffled[i], shuffled[j]] = [shuffled[j] as (typeof items)[number], shuffled[i] as (typeof items)[number]]
      }
      return shuffled
    },
  }
}

/** Uniform numbers in 0..1: mulberry32. */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
