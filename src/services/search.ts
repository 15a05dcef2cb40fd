import {MediaForgeError} from '../domain/errors.js'
import {anyOf, meantWords, parseQuery, textExpressions, type Query} from '../domain/query.js'
import {fuse, interleave, mergeBest, type Fused, type Ranked} from '../domain/rank.js'
import type {Hit, Leg, SearchFilter, SearchMode} from '../domain/search.js'
import {normaliseTag} from '../domain/tag-names.js'
import {momentOf} from './hit-moments.js'
import {itemOf} from './items.js'
import type {Ports} from './ports.js'
import {servingEmbedders} from './spaces.js'
import {nearestContents, queryVector, VECTOR_LISTS} from './vector-search.js'

export interface SearchRequest {
  text: string
  mode: SearchMode
  filter: SearchFilter
  limit: number
}

type SearchPorts = Pick<Ports, 'library' | 'embedder' | 'embedderOfSpace' | 'vectorIndex'>

interface RankedList {
  leg: Leg
  ranked: Ranked[]
}

/** A list is looked at deeper than what is shown, so that a content in the middle of several lists can rise. */
const DEPTH = 3

/**
 * Finds contents by words (FTS5), by meaning (vectors of pictures and of names), or by both, fused by rank. An empty result is a result.
 * Rejects with `USAGE` where the text holds nothing to look for.
 */
export async function search(ports: SearchPorts, request: SearchRequest, {signal}: {signal: AbortSignal}): Promise<Hit[]> {
  const query = parseQuery(request.text)
  if (query.meaning === '') {
    throw new MediaForgeError('USAGE', 'the query holds no word to search for', {hint: 'mediaforge search "a dog in the snow"'})
  }
  const depth = request.limit * DEPTH
  const lists: RankedList[] = []
  if (request.mode !== 'semantic') {
    lists.push({leg: 'words', ranked: await byWords(ports, query, request.filter, depth)})
    const spoken = await bySpeech(ports, query, request.filter, depth)
    // A list that is empty wherever nobody speaks would take its share of every score.
    if (spoken.length > 0) lists.push({leg: 'speech', ranked: spoken})
  }
  if (request.mode !== 'lexical') lists.push(...(await byMeaning(ports, query, request.filter, depth, signal)))

  const ranked = await withoutExcluded(ports, query, request.mode === 'hybrid' ? fuse(lists) : mergeBest(lists))
  return toHits(ports, ranked.slice(0, depth), query, request)
}

async function byWords({library}: SearchPorts, query: Query, filter: SearchFilter, limit: number): Promise<Ranked[]> {
  for (const expression of textExpressions(query)) {
    const matches = await library.searchText(expression, filter, limit)
    // bm25 has no upper bound: what is shown of words alone is a share of it.
    if (matches.length > 0) return matches.map(match => ({...match, atMs: null, certainty: match.score / (1 + match.score)}))
  }
  return []
}

/** What is said in videos and sound, each with the time at which it is. */
async function bySpeech({library}: SearchPorts, query: Query, filter: SearchFilter, limit: number): Promise<Ranked[]> {
  for (const expression of textExpressions(query)) {
    const matches = await library.searchCues(expression, filter, limit)
    if (matches.length > 0) return matches.map(match => ({...match, certainty: match.score / (1 + match.score)}))
  }
  return []
}

async function byMeaning(
  ports: SearchPorts,
  query: Query,
  filter: SearchFilter,
  limit: number,
  signal: AbortSignal,
): Promise<RankedList[]> {
  const lists = new Map(VECTOR_LISTS.map(({leg}) => [leg, [] as Ranked[]]))
  const [chosen, ...others] = await servingEmbedders(ports)
  for (const model of [chosen, ...others]) {
    if (model === undefined) continue
    const vector = queryVector(ports, model, query.meaning, signal)
    const uncovered = model === chosen || chosen === undefined ? {} : {uncoveredBy: chosen.space.name}
    const nearest = VECTOR_LISTS.map(list =>
      nearestContents(ports, vector, {...list, ...uncovered, space: model.space}, filter, limit, signal),
    )
    for (const [i, ranked] of (await Promise.all(nearest)).entries()) {
      const {leg} = VECTOR_LISTS[i] as (typeof VECTOR_LISTS)[number]
      lists.set(leg, interleave(lists.get(leg) ?? [], ranked))
    }
  }
  return [...lists].map(([leg, ranked]) => ({leg, ranked}))
}

/** Leaves out what was found by its vector or by what is said in it, and has words or tags that a minus forbids. */
async function withoutExcluded({library}: SearchPorts, query: Query, found: Fused[]): Promise<Fused[]> {
  const expression = anyOf(query.without)
  if (expression === null) return found
  const ids = found.map(({contentId}) => contentId)
  const excluded = new Set(await library.matching(expression, ids))
  return found.filter(({contentId}) => !excluded.has(contentId))
}

async function toHits(ports: SearchPorts, ranked: Fused[], query: Query, request: SearchRequest): Promise<Hit[]> {
  const {library} = ports
  const shown = await itemsShown(ports, ranked, request)
  const asked = new Set([query.meaning, ...query.words, ...query.phrases, ...(request.filter.tags ?? [])].map(normaliseTag))
  const summaries = await library.summaries([...shown.keys()])
  const hits = summaries.slice(0, request.limit).map(async (summary): Promise<Hit> => {
    const {found, parts} = shown.get(summary.contentId) as Shown
    const {score, atMs, legs} = found
    const matched = summary.tags
      .map(tag => tag.name)
      .filter(name => asked.has(name) || name.split(' ').some(word => asked.has(word)))
    const matchedTags = [...new Set(matched)]
    return {
      ...summary,
      score: Math.round(score * 10_000) / 10_000,
      ...(await momentOf(ports, summary, atMs, {matchedTags, words: meantWords(query)})),
      matchedTags,
      parts,
      legs,
    }
  })
  return Promise.all(hits)
}

interface Shown {
  /** The part that was found first, whose rank the item has. */
  found: Fused
  parts: Hit['parts']
}

/**
 * What is shown for the contents found, by the id of the content that stands for each item: one hit for a picture and its parts, and its main
 * file, unless a filter keeps that one out.
 */
async function itemsShown(ports: SearchPorts, ranked: Fused[], {filter, limit}: SearchRequest): Promise<Map<number, Shown>> {
  const found = new Set(ranked.map(({contentId}) => contentId))
  const shown = new Map<number, Shown>()
  const met = new Set<number>()
  for (const entry of ranked) {
    if (shown.size >= limit) break
    if (met.has(entry.contentId)) continue
    const item = await itemOf(ports, entry.contentId)
    if (item === null) continue
    const files = [item.main, ...item.parts]
    for (const file of files) met.add(file.contentId)
    const isMainShown = Object.keys(filter).length === 0 || found.has(item.main.contentId)
    const id = isMainShown ? item.main.contentId : entry.contentId
    const parts = files.filter(file => file.contentId !== id).map(({path, kind}) => ({path, kind}))
    shown.set(id, {found: entry, parts})
  }
  return shown
}
