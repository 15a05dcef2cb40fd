import {confidenceOf, strengths, type Scoring} from './scoring.js'
import type {Label} from './vocabulary.js'

/** How labels hang together, by their places in the vocabulary; found once, to be asked for every picture. */
export interface Families {
  /** By label: the labels that it is a kind of; none where its own score says what it is worth. */
  parents: readonly (readonly number[])[]
  /** By parent: the labels right below it. */
  children: ReadonlyMap<number, readonly number[]>
  /** By parent: itself and all labels below it. */
  below: ReadonlyMap<number, readonly number[]>
}

/**
 * Scores are calibrated on things such as "dog", and say what those are worth. The kinds of such a thing are not told apart by that: each of five breeds
 * that look like the picture would be called as sure as the dog. So the labels below one that was fitted, and kinds of kinds (species of a tree, which
 * is a plant), take a share of what they are a kind of. `fitted`: the names that the calibration was fitted on, which speak for themselves, as
 * headings do and whatever stands right below one.
 */
export function familiesOf(labels: readonly Label[], fitted: readonly string[]): Families {
  const places = new Map(labels.map(({name}, i) => [name, i]))
  const isFitted = new Set(fitted)
  const parentsOf = (name: string): readonly string[] => labels[places.get(name) ?? -1]?.parents ?? []
  const children = new Map<number, number[]>()
  const below = new Map<number, number[]>()
  const parents = labels.map(({name, parents: above}, i) => {
    // A label under several headings is a kind of the narrowest of those that lie above each other.
    const direct = above.filter(parent => !above.some(other => parentsOf(other).includes(parent)))
    for (const parent of above) append(below, places.get(parent), i)
    for (const parent of direct) append(children, places.get(parent), i)
    const isOwn = isFitted.has(name) || direct.some(parent => !isFitted.has(parent) && parentsOf(parent).length === 0)
    return isOwn ? [] : direct.flatMap(parent => places.get(parent) ?? [])
  })
  for (const [parent, some] of below) if (!some.includes(parent)) some.push(parent)
  return {parents, children, below}
}

function append(lists: Map<number, number[]>, key: number | undefined, value: number): void {
  if (key === undefined) return
  const list = lists.get(key) ?? []
  list.push(value)
  lists.set(key, list)
}

/** The log-odds of the most likely of a label and all that lie below it: whoever sees a poodle sees a dog. */
export function familyOdds(place: number, odds: Float64Array, {below}: Pick<Families, 'below'>): number {
  return (below.get(place) ?? []).reduce((most, i) => Math.max(most, odds[i] as number), odds[place] as number)
}

/**
 * How sure a model is of each label, in order, from the log-odds of all. A kind of something is at most as sure as that, times its share among all
 * kinds of it by the model's own scores. Without a calibration nothing is more sure than the model itself has it, and there is nothing to hold back.
 */
export function familyConfidences(
  odds: Float64Array,
  scoring: Pick<Scoring, 'kind' | 'calibration'>,
  families: Families,
): Float64Array {
  const plain = odds.map((_, i) => confidenceOf(familyOdds(i, odds, families), scoring))
  if (scoring.calibration === null) return plain
  const strength = strengths(odds, scoring)
  const sumOf = (place: number): number =>
    (families.below.get(place) ?? [place]).reduce((sum, i) => sum + (strength[i] as number), 0)
  const known = new Map<number, number>()

  const boundOf = (place: number): number =>
    (families.parents[place] ?? []).reduce((most, parent) => {
      const all = (families.children.get(parent) ?? []).reduce((sum, kind) => sum + sumOf(kind), 0)
      return all === 0 ? most : Math.max(most, (sureOf(parent) * sumOf(place)) / all)
    }, 0)
  const sureOf = (place: number): number => {
    const before = known.get(place)
    if (before !== undefined) return before
    const own = plain[place] as number
    // Set before it is asked for again: a person's own vocabulary may go round in a circle.
    known.set(place, own)
    if (families.parents[place]?.length !== 0) known.set(place, Math.min(own, boundOf(place)))
    return known.get(place) ?? own
  }
  return plain.map((_, i) => sureOf(i))
}
