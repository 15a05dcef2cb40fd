import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import type {SearchFilter} from '../../domain/search.js'
import type {Ports} from '../../services/ports.js'
import {scan} from '../../services/scan.js'
import {search} from '../../services/search.js'
import {drain} from '../../services/worker.js'
import {compose} from '../compose.js'
import type {Config} from '../config.js'
import {fillLargeLibrary, tagOf} from './large-library.js'
import {alone, compared, medianOf, milliseconds, type BenchResult} from './measure.js'
import {peakMegabytes} from './program.js'
import type {BenchContext} from './suites.js'

const FEW_FILES = 10_000
const LIMIT = 20

interface Made {
  tree: string
  config: Config
  files: number
}

/**
 * What stays quick in a library of `--files` files, of which a thousand are in each folder. `library.rescan`: scanning where nothing has changed, and
 * asking for work, a file; the same among 10,000 beside it. `library.scanMemory`: what that takes at the most, from the shell. `library.stats` and
 * `library.search`: answers of an open library, of the slowest of several filtered searches for words; no model has seen these files.
 */
export async function* librarySuite(context: BenchContext): AsyncIterable<BenchResult> {
  const {files, rounds, signal} = context
  const large = await make(context, 'large', files)
  const small = await make(context, 'small', FEW_FILES)
  yield* answers(large, rounds, signal)

  const [ours, theirs]: [number[], number[]] = [[], []]
  // A million files take half a minute, and the first round warms caches.
  for (let round = -1; round < Math.min(rounds, 3); round++) {
    const of = [await rescan(small, signal), await rescan(large, signal), await rescan(small, signal)] as const
    if (round < 0) continue
    ours.push(of[1])
    theirs.push((of[0] + of[2]) / 2)
  }
  yield compared('library.rescan', `µs a file, ${files} files`, ours, `of ${FEW_FILES} files`, theirs)
  yield alone('library.scanMemory', await peakMegabytes(['scan', large.tree, '--quiet'], large.config, signal), 'MB')
}

async function make({config, folder}: BenchContext, name: string, files: number): Promise<Made> {
  const tree = join(folder, `${name}-files`)
  const dataDir = join(folder, name)
  mkdirSync(dataDir)
  const own = {...config, dataDir, cacheDir: dataDir}
  await using session = await compose(own)
  await fillLargeLibrary(tree, join(dataDir, 'library.db'), files, (await session.ports.embedder()).space.name)
  return {tree, config: own, files}
}

/** Microseconds a file. */
async function rescan({tree, config, files}: Made, signal: AbortSignal): Promise<number> {
  await using session = await compose(config)
  const from = performance.now()
  const [report] = await scan(session.ports, [tree], {}, {signal})
  const {done} = await drain(session.ports, {}, {signal})
  const us = ((performance.now() - from) * 1000) / files
  if (report?.unchanged !== files) throw new Error(`${report?.unchanged} of ${files} files were known`)
  if (Object.values(done).some(jobs => jobs > 0)) throw new Error('there was work to do')
  return us
}

const SEARCHES: readonly {text: string; filter: (tree: string) => SearchFilter}[] = [
  {text: tagOf(0), filter: () => ({after: '2015', before: '2016'})},
  {text: tagOf(0), filter: () => ({kinds: ['photo'], minSizeBytes: 9_000_000})},
  {text: 'Lisbon', filter: () => ({tags: [tagOf(40)]})},
  {text: 'harbour', filter: () => ({after: '2012'})},
  {text: tagOf(3), filter: tree => ({folder: join(tree, '2019')})},
  {text: `Kyoto -${tagOf(0)}`, filter: () => ({})},
  {text: `${tagOf(2)} Kyoto`, filter: () => ({withoutTags: [tagOf(0)]})},
]

async function* answers({tree, config}: Made, rounds: number, signal: AbortSignal): AsyncIterable<BenchResult> {
  await using session = await compose(config)
  const {ports} = session
  const slowest: number[] = []
  const told: number[] = []
  for (let round = -1; round < rounds; round++) {
    const stats = await milliseconds(() => ports.library.stats())
    const searches: number[] = []
    for (const {text, filter} of SEARCHES) {
      searches.push(await milliseconds(() => found(ports, text, filter(tree), signal)))
    }
    if (round < 0) continue
    told.push(stats)
    slowest.push(Math.max(...searches))
  }
  yield alone('library.stats', medianOf(told), 'ms', told.length)
  yield alone('library.search', medianOf(slowest), 'ms', slowest.length)
}

async function found(ports: Ports, text: string, filter: SearchFilter, signal: AbortSignal): Promise<void> {
  const hits = await search(ports, {text, mode: 'lexical', filter, limit: LIMIT}, {signal})
  if (hits.length === 0) throw new Error(`nothing was found for ${text}`)
}
