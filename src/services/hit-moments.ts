import {captionMoment, saysAll} from '../domain/captions.js'
import {shotAt} from '../domain/moments.js'
import type {ContentSummary} from '../domain/search.js'
import type {Sound} from '../domain/sound.js'
import {normaliseTag} from '../domain/tag-names.js'
import type {Tag} from '../domain/tags.js'
import type {Ports} from './ports.js'

interface Moment {
  atMs: number | null
  endMs: number | null
}

const NO_MOMENT: Moment = {atMs: null, endMs: null}

/**
 * The moment to show of a content that was found: where all that is asked for was heard, the one at which it was; else `foundMs` where a list told it,
 * or the one that is described in the query's words, or in which a matched tag was seen or heard best. It ends with the shot, or with what is heard
 * or said then.
 */
export async function momentOf(
  {library}: Pick<Ports, 'library'>,
  {contentId, kind, tags}: ContentSummary,
  foundMs: number | null,
  {matchedTags, words}: {matchedTags: readonly string[]; words: readonly string[]},
): Promise<Moment> {
  if (kind === 'photo') return NO_MOMENT
  const content = await library.content(contentId)
  const {sounds} = await library.sound(contentId)
  const heard = heardSound(
    sounds,
    tags.filter(({name}) => matchedTags.includes(name)),
    words,
  )
  if (heard !== null) return {atMs: heard.startMs, endMs: heard.endMs}
  const atMs =
    foundMs ??
    captionMoment(await library.captions(contentId), words) ??
    (await taggedMoment(library, {contentId, kind}, new Set(matchedTags)))
  if (content === null || atMs === null) return NO_MOMENT
  if (kind === 'video' && content.shots.length > 0) return {atMs, endMs: shotAt(content.shots, atMs)?.endMs ?? null}
  const timed = [...(await library.cues(contentId)), ...sounds]
  return {atMs, endMs: timed.find(({startMs}) => startMs === atMs)?.endMs ?? null}
}

/** The clearest of the sounds that were looked for; null where something else was, too: pictures near to the words tell of nothing that is heard. */
function heardSound(sounds: readonly Sound[], matched: readonly Tag[], words: readonly string[]): Sound | null {
  if (matched.some(({source}) => source !== 'sound')) return null
  const names = matched.map(({name}) => name)
  if (!saysAll(names.join(' '), words)) return null
  return sounds.filter(({label}) => names.includes(label)).sort((a, b) => b.score - a.score)[0] ?? null
}

async function taggedMoment(
  library: Ports['library'],
  {contentId, kind}: Pick<ContentSummary, 'contentId' | 'kind'>,
  tags: ReadonlySet<string>,
): Promise<number | null> {
  if (tags.size === 0) return null
  // What is on the cover of a sound is at no moment of it.
  const isSeen = kind === 'video'
  const {detections} = isSeen ? await library.detections(contentId) : {detections: []}
  const compared = isSeen ? await library.momentTags(contentId) : []
  const {sounds} = await library.sound(contentId)
  const candidates = [
    ...detections,
    ...compared.map(({name, confidence, atMs}) => ({label: name, score: confidence, atMs})),
    ...sounds.map(({startMs, ...sound}) => ({...sound, atMs: startMs})),
  ]
  const matching = candidates.filter(({label}) => tags.has(normaliseTag(label))).sort((a, b) => b.score - a.score)
  return matching[0]?.atMs ?? null
}
