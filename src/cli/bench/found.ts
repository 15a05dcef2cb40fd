import {normaliseTag} from '../../domain/tag-names.js'
import {contentIdOf} from '../../services/files.js'
import type {Ports} from '../../services/ports.js'
import {search} from '../../services/search.js'
import type {LabelledPicture} from '../labelled-folder.js'
import {alone, type BenchResult} from './measure.js'

/** A picture and where the library knows it. */
type Known = LabelledPicture & {path: string}

/** A class seen less often says more about one picture than about the search. */
export const LEAST_PICTURES_A_CLASS = 3
const RECALL_DEPTHS = [1, 5, 10] as const

/**
 * `search.map`: mean average precision of `a photo of a X` over the classes, pictures that were not found counting as last;
 * `tags.precision` and `tags.recall` of the tags that a model gave, among the classes that somebody labelled.
 */
export async function* labelFigures(ports: Ports, pictures: readonly Known[], signal: AbortSignal): AsyncIterable<BenchResult> {
  const withObjects = new Map<string, Set<string>>()
  for (const {objects, path} of pictures) {
    for (const object of objects) withObjects.set(object, (withObjects.get(object) ?? new Set()).add(path))
  }
  const classes = [...withObjects].filter(([, paths]) => paths.size >= LEAST_PICTURES_A_CLASS)
  if (classes.length === 0) return

  const precisions: number[] = []
  for (const [name, relevant] of classes) {
    const article = /^[aeiou]/i.test(name) ? 'an' : 'a'
    const ranked = await searchPaths(ports, `a photo of ${article} ${name}`, pictures.length, signal)
    precisions.push(averagePrecision(ranked, relevant))
  }
  const chance = mean(classes.map(([, paths]) => paths.size / pictures.length))
  yield compared('search.map', mean(precisions), 'mean average precision', chance, classes.length)

  const [given, right, all] = await countTags(ports, pictures)
  yield alone('tags.precision', right / given, 'share of tags')
  yield alone('tags.recall', right / all, 'share of objects')
}

/** Average precision of a ranked list (Manning, Raghavan, Schütze: Introduction to Information Retrieval, 8.4). */
export function averagePrecision(ranked: readonly string[], relevant: ReadonlySet<string>): number {
  let [found, sum] = [0, 0]
  for (const [i, path] of ranked.entries()) if (relevant.has(path)) sum += ++found / (i + 1)
  return sum / relevant.size
}

/** Tags given by a model, those of them that are right, and all that could have been given. */
async function countTags(ports: Ports, pictures: readonly Known[]): Promise<[given: number, right: number, all: number]> {
  let [count, right, all] = [0, 0, 0]
  const classes = new Set(pictures.flatMap(({objects}) => objects.map(normaliseTag)))
  for (const {path, objects} of pictures) {
    const truth = new Set(objects.map(normaliseTag))
    const tags = await ports.library.tags(await contentIdOf(ports, path))
    // Nobody looked whether other things than the labelled ones are there.
    const given = tags.filter(({name, source}) => source !== 'metadata' && source !== 'manual' && classes.has(name))
    const names = new Set(given.map(({name}) => name))
    all += truth.size
    count += names.size
    right += [...names].filter(name => truth.has(name)).length
  }
  return [count, right, all]
}

/** `search.recall1`, `5`, `10`: how often a caption finds its own picture among the first so many. */
export async function* captionFigures(ports: Ports, pictures: readonly Known[], signal: AbortSignal): AsyncIterable<BenchResult> {
  const captions = pictures.flatMap(({captions, path}) => captions.map(caption => ({caption, path})))
  if (captions.length === 0) return
  const ranks: number[] = []
  for (const {caption, path} of captions) {
    const rank = (await searchPaths(ports, caption, Math.max(...RECALL_DEPTHS), signal)).indexOf(path)
    ranks.push(rank < 0 ? Infinity : rank)
  }
  for (const depth of RECALL_DEPTHS) {
    const share = ranks.filter(rank => rank < depth).length / ranks.length
    yield compared(`search.recall${depth}`, share, 'share of captions', Math.min(1, depth / pictures.length), captions.length)
  }
}

async function searchPaths(ports: Ports, text: string, limit: number, signal: AbortSignal): Promise<string[]> {
  const hits = await search(ports, {text, mode: 'semantic', filter: {}, limit}, {signal})
  return hits.map(hit => hit.path)
}

function compared(name: string, value: number, unit: string, chance: number, rounds: number): BenchResult {
  return {name, value, unit, peer: 'chance', peerValue: chance, ratio: value / chance, rounds}
}

/** The arithmetic mean; NaN for none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
