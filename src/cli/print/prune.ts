import {formatSize} from '../../domain/units.js'
import type {PrunePlan} from '../../services/prune.js'
import {count, shortPath} from './text.js'

const SHOWN = 20

/** What would go, in a few lines. */
export function planText({files, contents, returned}: PrunePlan): string {
  const lines = files
    .slice(0, SHOWN)
    .map(({path, state, since}) => `  ${shortPath(path)} (${state} since ${since?.slice(0, 10) ?? '?'})`)
  if (files.length > SHOWN) lines.push(`  … and ${files.length - SHOWN} more: --dry-run --json lists them all`)
  const byHand = contents.filter(content => content.taggedByHand).length
  const size = formatSize(contents.reduce((sum, content) => sum + content.sizeBytes, 0))
  const parts = [`${count(files.length, 'place')} where a file was`]
  if (contents.length > 0) {
    const tags = byHand === 0 ? 'tags' : `tags (your own on ${byHand})`
    parts.push(`${count(contents.length, 'content')} (${size}) that no other file holds, with ${tags}, vectors and captions`)
  }
  lines.push(parts.join(', and '))
  if (returned.length > 0)
    lines.push(`${count(returned.length, 'file')} more would go, but can be seen or may be there: scan first`)
  return lines.join('\n')
}
