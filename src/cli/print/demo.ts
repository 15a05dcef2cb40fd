import {relative} from 'node:path'
import {MEDIA_KINDS} from '../../domain/media.js'
import type {DemoReport} from '../../services/demo.js'
import type {SearchRequest} from '../../services/search.js'
import {hitsText} from './hits.js'
import {drainText, failuresText, scanText} from './report.js'
import {count, safe, shortPath, table} from './text.js'

/** Where the demo's things are, for the lines that say how to go on. */
interface Places {
  folder: string
  media: string
  dataDir: string
}

/** What was made, what the scan said, each search with its hits, and what to do next. */
export function demoText({samples, roots, work, searches}: DemoReport, {folder, media, dataDir}: Places): string {
  const next = [
    ['search the samples', `npx mediaforge search --data-dir ${pasteable(dataDir)} umbrella`],
    ['remove all of it', `rm -r ${pasteable(folder)}`],
    ['now your own', 'npx mediaforge scan ~/Pictures'],
  ]
  const parts = [
    `${sampleCounts(samples)} in ${shortPath(media)}\n${table(samples.map(sample => [`  ${inFolder(sample.path, media)}`, sample.shows]))}`,
    `$ npx mediaforge scan ${shortPath(media)}\n${scanText(roots)}\n${drainText(work)}`,
    failuresText([...roots.flatMap(root => root.problems), ...work.failures]),
    ...searches.map(({request, hits}) => {
      const shown = hits.map(hit => ({...hit, path: inFolder(hit.path, media)}))
      return `$ npx mediaforge search ${argumentsText(request)}\n${hitsText(shown)}`
    }),
    table(next),
  ]
  return parts.filter(part => part !== '').join('\n\n')
}

function sampleCounts(samples: DemoReport['samples']): string {
  const nouns = {photo: 'picture', video: 'video', audio: 'sound'}
  return MEDIA_KINDS.map(kind => count(samples.filter(sample => sample.kind === kind).length, nouns[kind])).join(', ')
}

/** A search as a person would type it. */
function argumentsText({text, mode, filter}: SearchRequest): string {
  return [
    ...(mode === 'hybrid' ? [] : [`--${mode}`]),
    text.includes(' ') ? `"${text}"` : text,
    ...(filter.kinds ?? []).map(kind => `--type ${kind}`),
    ...(filter.after === undefined ? [] : [`--after ${filter.after}`]),
  ].join(' ')
}

function inFolder(path: string, folder: string): string {
  return safe(relative(folder, path))
}

/** A path that a shell takes for one word, wherever it is pasted. */
function pasteable(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${safe(path).replaceAll("'", "'\\''")}'`
}
