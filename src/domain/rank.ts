import type {Leg, LegScore} from './search.js'

/** One entry of a ranked list: a content, its score in the list's own unit, what that is worth, and the moment it is about. */
export interface Ranked {
  contentId: number
  score: number
  /** 0 to 1, comparable between lists. */
  certainty: number
  atMs: number | null
}

export interface Fused {
  contentId: number
  /** 0 to 1: of fused lists the share of first place in every one of them, else the certainty. */
  score: number
  atMs: number | null
  legs: LegScore[]
}

/** The constant of reciprocal rank fusion: how slowly a rank's worth falls. */
const K = 60

/**
 * Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): each list adds 1 / (60 + rank). Lists of different units need no
 * common scale, and what stands in several lists rises. Lists must be in falling order.
 */
export function fuse(lists: {leg: Leg; ranked: Ranked[]}[]): Fused[] {
  const fused = new Map<number, Fused>()
  const best = lists.length / (K + 1)
  for (const {leg, ranked} of lists) {
    for (const [i, {contentId, score, atMs}] of ranked.entries()) {
      const entry = fused.get(contentId) ?? {contentId, score: 0, atMs: null, legs: []}
      entry.score += 1 / (K + i + 1) / best
      entry.atMs ??= atMs
      entry.legs.push({leg, rank: i + 1, score})
      fused.set(contentId, entry)
    }
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || a.contentId - b.contentId)
}

/** Merges lists by certainty: a content's best one counts. */
export function mergeBest(lists: {leg: Leg; ranked: Ranked[]}[]): Fused[] {
  const merged = new Map<number, Fused>()
  for (const {leg, ranked} of lists) {
    for (const [i, {contentId, score, certainty, atMs}] of ranked.entries()) {
      const before = merged.get(contentId)
      const legs = [...(before?.legs ?? []), {leg, rank: i + 1, score}]
      const isBetter = before === undefined || certainty > before.score
      const [first, second] = isBetter ? [atMs, before?.atMs] : [before.atMs, atMs]
      merged.set(contentId, {contentId, score: isBetter ? certainty : before.score, atMs: first ?? second ?? null, legs})
    }
  }
  return [...merged.values()].sort((a, b) => b.score - a.score || a.contentId - b.contentId)
}

/**
 * Two lists of different contents as one, by rank: each model's best come first, whatever numbers it gives them. What the first list has at a rank
 * goes before what the second one has there.
 */
export function interleave(first: readonly Ranked[], second: readonly Ranked[]): Ranked[] {
  const merged: Ranked[] = []
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    for (const entry of [first[i], second[i]]) if (entry !== undefined) merged.push(entry)
  }
  return merged
}
