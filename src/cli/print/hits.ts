import type {Hit} from '../../domain/search.js'
import {formatDuration} from '../../domain/units.js'
import {safe, shortPath, table} from './text.js'

const TAGS_SHOWN = 4

/** Search results for people: score, kind, date, where, and the tags, those that matched first. */
export function hitsText(hits: readonly Hit[]): string {
  if (hits.length === 0) return 'nothing found'
  return table(
    hits.map(hit => [
      hit.score.toFixed(2),
      hit.kind,
      hit.capturedAt?.slice(0, 10) ?? '',
      shortPath(hit.path) +
        partsText(hit) +
        (hit.atMs === null ? '' : ` at ${formatDuration(hit.atMs)}`) +
        (hit.state === 'present' ? '' : ' (offline)'),
      tagsText(hit),
    ]),
  )
}

/** ` +NEF +MOV`, and ` +9 jpg` of a burst: mostly they differ from the path in the extension alone. */
function partsText({parts}: Hit): string {
  const counts = new Map<string, number>()
  for (const {path} of parts) {
    const extension = path.slice(path.lastIndexOf('.') + 1)
    counts.set(extension, (counts.get(extension) ?? 0) + 1)
  }
  return [...counts].map(([extension, n]) => ` +${n === 1 ? '' : `${n} `}${safe(extension)}`).join('')
}

function tagsText({tags, matchedTags}: Hit): string {
  const names = [
    ...new Set([
      ...matchedTags.map(name => `*${name}`),
      ...tags.map(tag => tag.name).filter(name => !matchedTags.includes(name) && !name.endsWith('orientation')),
    ]),
  ]
  const more = names.length > TAGS_SHOWN ? ', …' : ''
  return safe(names.slice(0, TAGS_SHOWN).join(', ')) + more
}
