import type {Embedder} from '../domain/ports/embedder.js'
import type {SpaceCoverage} from '../domain/ports/library.js'
import type {Ports} from './ports.js'

/** A space of the library, and the installed model that can be asked about it. */
export interface SpaceView extends SpaceCoverage {
  model: string | null
}

/** The spaces that the library holds vectors of, the fullest first. */
export async function describeSpaces({
  library,
  embedderOfSpace,
}: Pick<Ports, 'library' | 'embedderOfSpace'>): Promise<SpaceView[]> {
  const views: SpaceView[] = []
  for (const coverage of await library.spaces()) {
    views.push({...coverage, model: (await embedderOfSpace(coverage.space))?.model ?? null})
  }
  return views
}

/**
 * The embedders that a search asks: the chosen one, and as long as that has not seen every file, the one that has seen most of the others. Their
 * vectors never meet: each file is looked for in one space alone.
 */
export async function servingEmbedders({
  library,
  embedder,
  embedderOfSpace,
}: Pick<Ports, 'library' | 'embedder' | 'embedderOfSpace'>): Promise<Embedder[]> {
  const chosen = await embedder()
  const spaces = await library.spaces()
  const missing = await library.countUncovered(chosen.space.name)
  if (missing === 0) return [chosen]
  for (const {space} of spaces.filter(({space}) => space !== chosen.space.name)) {
    const other = await embedderOfSpace(space)
    if (other !== null) return [chosen, other]
  }
  return [chosen]
}
