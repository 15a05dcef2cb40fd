import type {Embedder} from '../domain/ports/embedder.js'
import type {Neighbour, VectorIndex} from '../domain/ports/vector-index.js'
import type {Ranked} from '../domain/rank.js'
import type {Leg, SearchFilter} from '../domain/search.js'
import {certainty, dot, type Space, type VectorAspect} from '../domain/vectors.js'
import type {Ports} from './ports.js'

const PAGE = 4096

/** How many vectors are asked for, as several may belong to one content: the frames of a video. */
const VECTORS_A_HIT = 4

type VectorPorts = Pick<Ports, 'library' | 'vectorIndex'>

/** The vector of a query text, from the small cache of earlier ones where it can be: the model is then not even loaded. */
export async function queryVector(
  {library}: VectorPorts,
  model: Embedder,
  text: string,
  signal: AbortSignal,
): Promise<Float32Array> {
  const cached = await library.cachedQuery(model.space.name, text)
  if (cached?.length === model.space.dimension) return cached
  const [vector] = await model.embedTexts([text], {signal})
  if (vector === undefined) throw new RangeError('the embedder gave no vector')
  // The cache is a convenience: another process may hold the library just now.
  await library.cacheQuery(model.space.name, text, vector).catch(() => undefined)
  return vector
}

/**
 * A hit this far behind the best one is noise where the best is good; measured on labelled photographs, 0.3 shows two thirds of what would
 * be shown without it and costs 0.7 % of the mean average precision.
 */
const LEAST_SHARE_OF_BEST = 0.3

/** Where a filter lets no more vectors pass, all of them are looked at: sooner done than an index of the whole library is opened, and exact. */
const FEW = 5000

/** What one ranked list looks at. */
interface VectorList {
  aspects: readonly VectorAspect[]
  scale: keyof Space['scale']
  space: Space
  /** Another space that is asked for what it covers. */
  uncoveredBy?: string
}

/**
 * The contents nearest to a query among the vectors of some aspects, best first, none that means nothing. The index is opened while the query's
 * vector is still being made, which in a new process takes about as long.
 */
export async function nearestContents(
  ports: VectorPorts,
  vector: Promise<Float32Array>,
  {aspects, scale, space, uncoveredBy}: VectorList,
  filter: SearchFilter,
  limit: number,
  signal: AbortSignal,
): Promise<Ranked[]> {
  // Looked at below, perhaps only after it has been rejected.
  vector.catch(() => undefined)
  const accepted = await ports.library.filterVectors(space.name, aspects, filter, uncoveredBy)
  if (accepted?.size === 0) return []
  await using index =
    accepted === null || accepted.size > FEW
      ? await openFilledIndex(ports, space, aspects, signal)
      : await indexOf(ports, space, accepted)
  const query = await vector
  const options = accepted === null ? {signal} : {signal, accept: (id: number) => accepted.has(id)}
  const neighbours = await index.search(query, limit * VECTORS_A_HIT, options)
  const least = Math.max(space.scale[scale].least, LEAST_SHARE_OF_BEST * (neighbours[0]?.similarity ?? 0))
  const ranked = await bestByContent(
    neighbours.filter(({similarity}) => similarity >= least),
    contentId => bestMoment(ports, contentId, query, space),
    ports,
  )
  return ranked.map(entry => ({
    ...entry,
    certainty: certainty(entry.score, space.scale[scale]),
  }))
}

/** The lists that vectors are looked for in. */
export const VECTOR_LISTS: readonly (Pick<VectorList, 'aspects' | 'scale'> & {leg: Leg})[] = [
  {leg: 'picture', aspects: ['picture', 'frame', 'video'], scale: 'picture'},
  {leg: 'text', aspects: ['text'], scale: 'text'},
]

/** A search takes in this many new vectors by itself; a graph takes a second for each thousand. */
const MOST_TO_TAKE_IN = 5000
/** A kept index is saved each time it has grown by so many, so that an interrupted run loses little. */
const SAVE_EVERY = 50_000

/** Brings the kept indexes up to the library, so that no search has to wait for it. */
export async function fillKeptIndexes(
  ports: VectorPorts & Pick<Ports, 'bus' | 'embedder' | 'sweepIndexes'>,
  {signal}: {signal: AbortSignal},
): Promise<void> {
  const {space} = await ports.embedder()
  for (const {aspects} of VECTOR_LISTS) {
    const config = await indexConfig(ports, space, aspects)
    await using index = await ports.vectorIndex(config)
    if (!index.kept) continue
    let saved = index.size
    await takeIn(ports, index, space.name, aspects, signal, async () => {
      ports.bus.emit({name: 'index.grown', size: index.size, total: config.capacity})
      if (index.size - saved < SAVE_EVERY) return
      await index.save()
      saved = index.size
    })
    if (index.size > saved) await index.save()
  }
  await sweepIndexes(ports)
}

/** Deletes kept indexes that no search opens any more: those of spaces that were dropped, and those of other aspects, as earlier versions had them. */
export async function sweepIndexes(ports: Pick<Ports, 'library' | 'sweepIndexes'>): Promise<void> {
  const id = await ports.library.id()
  const spaces = await ports.library.spaces()
  const names = spaces.flatMap(({space}) => VECTOR_LISTS.map(({aspects}) => indexName(id, space, aspects)))
  await ports.sweepIndexes(id, names)
}

function indexName(libraryId: string, space: string, aspects: readonly VectorAspect[]): string {
  return `${libraryId}.${space}.${aspects.join('-')}`
}

/** The index of a space and its aspects, with everything the library has taken in since. */
async function openFilledIndex(
  ports: VectorPorts,
  space: Space,
  aspects: readonly VectorAspect[],
  signal: AbortSignal,
): Promise<VectorIndex> {
  const config = await indexConfig(ports, space, aspects)
  const usual = await ports.vectorIndex(config)
  const isBehind = usual.kept && config.capacity - usual.size > MOST_TO_TAKE_IN
  if (isBehind) await usual[Symbol.asyncDispose]()
  const index = isBehind ? await ports.vectorIndex({...config, inMemory: true}) : usual
  const before = index.mark
  await takeIn(ports, index, space.name, aspects, signal)
  if (index.mark > before) await index.save()
  return index
}

/** An index of these vectors alone. */
async function indexOf(
  {library, vectorIndex}: VectorPorts,
  {name, dimension}: Space,
  ids: ReadonlySet<number>,
): Promise<VectorIndex> {
  const batch = await library.vectorsOf(ids)
  const index = await vectorIndex({name, dimension, capacity: batch.ids.length, maxId: 0, inMemory: true})
  await index.add(batch)
  return index
}

async function indexConfig({library}: VectorPorts, space: Space, aspects: readonly VectorAspect[]) {
  const {count, maxId} = await library.vectorState(space.name, aspects)
  return {name: indexName(await library.id(), space.name, aspects), dimension: space.dimension, capacity: count, maxId}
}

async function takeIn(
  {library}: VectorPorts,
  index: VectorIndex,
  space: string,
  aspects: readonly VectorAspect[],
  signal: AbortSignal,
  afterPage: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (;;) {
    const batch = await library.vectorsAfter(space, aspects, index.mark, PAGE)
    if (batch.ids.length === 0) return
    await index.add(batch, {signal})
    await afterPage()
  }
}

/**
 * Vectors to contents, each once with its best moment. A vector that is no longer in the library is passed over. Of a video that is found as a whole the
 * nearest of its keyframes mostly is among the neighbours, too; only where it is not, all of them are looked at, which may be thousands.
 */
async function bestByContent(
  neighbours: Neighbour[],
  bestMoment: (contentId: number) => Promise<number>,
  {library}: VectorPorts,
): Promise<Omit<Ranked, 'certainty'>[]> {
  const owners = new Map((await library.vectorOwners(neighbours.map(({id}) => id))).map(owner => [owner.id, owner]))
  const moments = new Map<number, number | null>()
  for (const {id} of neighbours.toReversed()) {
    const owner = owners.get(id)
    if (owner === undefined || owner.aspect === 'video') continue
    // A photo has no moments, and neither has the cover of a sound.
    moments.set(owner.contentId, owner.aspect === 'frame' ? owner.atMs : null)
  }
  const ranked = new Map<number, Omit<Ranked, 'certainty'>>()
  for (const {id, similarity} of neighbours) {
    const owner = owners.get(id)
    if (owner === undefined || ranked.has(owner.contentId)) continue
    const moment = moments.get(owner.contentId)
    const atMs = moment === undefined ? await bestMoment(owner.contentId) : moment
    ranked.set(owner.contentId, {contentId: owner.contentId, score: similarity, atMs})
  }
  return [...ranked.values()]
}

/** The keyframe of a video that is nearest to a query: of one that is about it on the whole, too, a moment is shown. */
async function bestMoment({library}: VectorPorts, contentId: number, query: Float32Array, {name}: Space): Promise<number> {
  const frames = await library.contentVectors(contentId, name)
  const nearness = frames.map(({data}) => dot(data, query))
  return frames[nearness.indexOf(Math.max(...nearness))]?.atMs ?? 0
}
