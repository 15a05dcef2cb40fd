import {captionMoment} from '../domain/captions.js'
import type {MediaKind} from '../domain/media.js'
import {shotAt} from '../domain/moments.js'
import {normaliseTag} from '../domain/tag-names.js'
import type {Ports} from './ports.js'

interface Moment {
  atMs: number | null
  endMs: number | null
}

const NO_MOMENT: Moment = {atMs: null, endMs: null}

/**
 * The moment to show of a content that was found: `foundMs` where a list told it, else the one that is described in
 * the query's words, or in which a matched tag was seen or heard best. It ends with the shot, or with what is heard or said then.
 */
export async function momentOf(
  {library}: Pick<Ports, 'library'>,
  {contentId, kind}: {contentId: number; kind: MediaKind},
  foundMs: number | null,
  {matchedTags, words}: {matchedTags: readonly string[]; words: readonly string[]},
): Promise<Moment> {
  if (kind === 'photo') return NO_MOMENT
  const content = await library.content(contentId)
  const atMs =
    foundMs ??
    captionMoment(await library.captions(contentId), words) ??
    (await taggedMoment(library, contentId, new Set(matchedTags)))
  if (content === null || atMs === null) return NO_MOMENT
  if (kind === 'video' && content.shots.length > 0) return {atMs, endMs: shotAt(content.shots, atMs)?.endMs ?? null}
  const heard = [...(await library.cues(contentId)), ...(await library.sound(contentId)).sounds]
  return {atMs, endMs: heard.find(({startMs}) => startMs === atMs)?.endMs ?? null}
}

async function taggedMoment(library: Ports['library'], contentId: number, tags: ReadonlySet<string>): Promise<number | null> {
  if (tags.size === 0) return null
  const {detections} = await library.detections(contentId)
  const {sounds} = await library.sound(contentId)
  const compared = await library.momentTags(contentId)
  const candidates = [
    ...detections,
    ...compared.map(({name, confidence, atMs}) => ({label: name, score: confidence, atMs})),
    ...sounds.map(({startMs, ...sound}) => ({...sound, atMs: startMs})),
  ]
  const matching = candidates.filter(({label}) => tags.has(normaliseTag(label))).sort((a, b) => b.score - a.score)
  return matching[0]?.atMs ?? null
}
