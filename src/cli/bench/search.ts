import {join} from 'node:path'
import {compose} from '../compose.js'
import {captionFigures, labelFigures} from './found.js'
import {readLabels} from '../labelled-folder.js'
import {copyUnnamed} from './unnamed.js'
import type {BenchResult} from './measure.js'
import type {BenchContext} from './suites.js'
import {vectorFigures} from './vectors.js'
import {scan} from '../../services/scan.js'
import {drain} from '../../services/worker.js'

/** How well and how fast the library finds things again. How well needs pictures that people have labelled. */
export async function* searchSuite(context: BenchContext): AsyncIterable<BenchResult> {
  if (context.media.length === 0) {
    context.note('search.map, tags.* and search.recall* need pictures with labels.json or captions.json: --media DIR')
  }
  for (const [i, source] of context.media.entries()) yield* foundFigures(context, source, join(context.folder, `media-${i}`))
  yield* vectorFigures(context)
}

async function* foundFigures(context: BenchContext, source: string, target: string): AsyncIterable<BenchResult> {
  const {config, signal} = context
  const pictures = await readLabels(source)
  const paths = await copyUnnamed(source, pictures, join(target, 'pictures'))
  await using session = await compose({...config, dataDir: target, cacheDir: target})
  await scan(session.ports, [join(target, 'pictures')], {}, {signal})
  const {failures} = await drain(session.ports, {}, {signal})
  for (const {path, message} of failures) context.note(`${path ?? 'a file'}: ${message}`)

  const labelled = pictures.map((picture, i) => ({...picture, path: paths[i] as string}))
  yield* labelFigures(session.ports, labelled, signal)
  yield* captionFigures(session.ports, labelled, signal)
}
