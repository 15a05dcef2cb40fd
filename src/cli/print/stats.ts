import type {LibraryStats} from '../../domain/ports/library.js'
import {formatSize} from '../../domain/units.js'
import {count, safe, table} from './text.js'

/** What the library holds, in labelled lines. */
export function statsText(stats: LibraryStats): string {
  const {contents, files} = stats
  const rows: [string, string][] = [
    ['roots', String(stats.roots)],
    ['files', `${files.present} present, ${files.offline} offline, ${files.missing} missing`],
    ['contents', `${count(contents.photo, 'photo')}, ${count(contents.video, 'video')}, ${contents.audio} audio`],
    ['size', formatSize(stats.sizeBytes)],
    [
      'captured',
      stats.captured.first === null ? '' : `${stats.captured.first.slice(0, 10)} to ${stats.captured.last?.slice(0, 10) ?? ''}`,
    ],
    ['tags', `${count(stats.tags, 'tag')} on ${count(stats.taggedContents, 'content')}`],
    ['most used', stats.topTags.map(tag => `${safe(tag.name)} ${tag.contents}`).join(', ')],
    ...stats.vectors.map((space): [string, string] => [
      'vectors',
      `${space.space}: ${space.vectors} of ${count(space.contents, 'content')}`,
    ]),
  ]
  return table(rows.filter(([, value]) => value !== ''))
}
