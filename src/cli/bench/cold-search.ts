import {join} from 'node:path'
import type {Embedder} from '../../domain/ports/embedder.js'
import type {NewJob} from '../../domain/jobs.js'
import type {StageResult} from '../../domain/ports/library.js'
import type {Ports} from '../../services/ports.js'
import {alone, compare, type BenchResult} from './measure.js'
import {mediaforge, peakMegabytes, runNode} from './program.js'
import type {BenchContext} from './suites.js'
import {clusteredVectors} from './vectors.js'

const CONTENTS = 10_000
const A_FOLDER = 500
const FORMAT = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const

/**
 * `search.cold10k`: what a person waits for the first search of the day, from the shell and back: a library of 10,000 pictures with vectors in the
 * model's space, and a query that nobody asked before, so that the model's text side has to be loaded. `search.cold10kMemory`: what that takes at
 * the most.
 */
export async function* coldSearchFigures(
  {config, rounds, signal, folder}: BenchContext,
  ports: Ports,
  {space}: Embedder,
): AsyncIterable<BenchResult> {
  await fillLibrary(ports, space, folder)
  let asked = 0
  const query = (): string[] => ['search', '--semantic', '--json', `a photo of ${++asked} dogs in the snow`]
  const own = {...config, dataDir: folder, cacheDir: folder}
  const timing = await compare(
    rounds,
    () => runNode(mediaforge(...query()), signal, own),
    () => runNode(['-e', '0'], signal),
    signal,
  )
  yield {name: 'search.cold10k', unit: 'ms', peer: 'node -e 0', ...timing}
  const peer = await peakMegabytes(['--version'], own, signal)
  const value = await peakMegabytes(query(), own, signal)
  yield {...alone('search.cold10kMemory', value, 'MB'), peer: '--version', peerValue: peer, ratio: value / peer}
}

/** Pictures that are nowhere, each with a vector of itself and one of its name, written as the stages would. */
async function fillLibrary({library, host}: Ports, space: Embedder['space'], folder: string): Promise<void> {
  const {batch} = clusteredVectors(2 * CONTENTS, space.dimension)
  const vectorAt = (i: number): Float32Array => batch.data.subarray(i * space.dimension, (i + 1) * space.dimension)
  const root = await library.addRoot(join(folder, 'pictures'))
  for (let from = 0; from < CONTENTS; from += A_FOLDER) {
    const place = join(root.path, String(from))
    const files = Array.from({length: A_FOLDER}, (_, i) => ({
      path: join(place, `img_${from + i}.jpg`),
      sizeBytes: 2_000_000,
      mtimeMs: 0,
      inode: from + i,
    }))
    await library.recordFound(root.id, place, files.map(file => ({file, format: FORMAT}))) // prettier-ignore
    await finishAll('inspect', job => ({
      writes: [
        {
          type: 'content',
          locationId: job.subject,
          identity: String(job.subject),
          sizeBytes: 2_000_000,
          mtimeMs: 0,
          format: FORMAT,
          facts: {width: 4032, height: 3024},
        },
      ],
      next: ['embed'],
      version: '1',
    }))
    await finishAll('embed', ({subject}, i) => ({
      writes: [
        {
          type: 'vectors',
          contentId: subject,
          space,
          vectors: [
            {aspect: 'picture', atMs: 0, data: vectorAt(2 * (from + i))},
            {aspect: 'text', atMs: 0, data: vectorAt(2 * (from + i) + 1)},
          ],
        },
      ],
      next: [],
      version: space.name,
    }))
  }

  async function finishAll(kind: 'inspect' | 'embed', make: (job: NewJob, i: number) => StageResult): Promise<void> {
    const jobs = await library.claim(kind, A_FOLDER, host.owner)
    for (const [i, job] of jobs.entries()) await library.finish(job, host.owner, make(job, i))
  }
}
