import {mkdirSync, readdirSync, renameSync, rmdirSync} from 'node:fs'
import {join} from 'node:path'
import type {Space} from '../../domain/vectors.js'
import type {StageResult} from '../../domain/ports/library.js'
import {inTurns} from '../../domain/in-turns.js'
import type {Ports} from '../../services/ports.js'
import {scan, type ScanReport} from '../../services/scan.js'
import {drain, type DrainReport} from '../../services/worker.js'
import {compose} from '../compose.js'
import type {Config} from '../config.js'
import {fillTree} from './made-tree.js'
import {alone, compared, type BenchResult} from './measure.js'
import {jsonOf, mediaforge} from './program.js'
import type {BenchContext} from './suites.js'

const FILES = 10_000
const A_CLAIM = 500

interface ScanJson {
  roots: ScanReport[]
  work: DrainReport
}

/**
 * `moves.rescan`: a scan from the shell after every file was moved and renamed, against twice one where nothing changed and the hashing of the files.
 * `moves.jobs`: how many jobs of any kind these scans did.
 */
export async function* movesSuite({config, folder, rounds, signal}: BenchContext): AsyncIterable<BenchResult> {
  const tree = join(folder, 'tree')
  const own = {...config, dataDir: join(folder, 'library'), cacheDir: join(folder, 'library')}
  await fillTree(join(tree, 'layout'), FILES)
  await using session = await compose(own)
  const {ports} = session
  await scan(ports, [tree], {}, {signal})
  await drain(ports, {kinds: ['inspect']}, {signal})
  await passOthers(ports, (await ports.embedder()).space)

  const [moved, peers]: [number[], number[]] = [[], []]
  let jobs = 0
  // The first round warms caches.
  for (let round = -1; round < rounds; round++) {
    moveAll(tree, round)
    const ours = await timed(() => rescan(tree, own, signal))
    const {roots, work} = ours.result
    if (roots[0]?.moved !== FILES) throw new Error(`${roots[0]?.moved} of ${FILES} moved files were recognised`)
    jobs += Object.values(work.done).reduce((sum, done) => sum + done)
    const again = await timed(() => rescan(tree, own, signal))
    const hashing = await timed(() => hashAll(ports, tree, signal))
    if (round < 0) continue
    moved.push(ours.ms)
    peers.push(2 * again.ms + hashing.ms)
  }
  yield compared('moves.rescan', `ms, ${FILES} files`, moved, 'twice a rescan without changes, and hashing', peers)
  yield alone('moves.jobs', jobs, 'jobs', rounds)
}

function rescan(tree: string, config: Config, signal: AbortSignal): Promise<ScanJson> {
  return jsonOf<ScanJson>(mediaforge('scan', tree, '--quiet', '--json'), signal, config)
}

/** Gives every file another name in another folder, and leaves nothing of the old ones. */
function moveAll(tree: string, round: number): void {
  const [layout] = readdirSync(tree)
  const [from, to] = [join(tree, layout as string), join(tree, `sorted anew ${round}`)]
  for (const folder of readdirSync(from)) {
    // What the round before has added goes: names that grew with each round would cost more words in each.
    const renamed = join(to, `${folder.replace(/ of .*/, '')} of ${round}`)
    mkdirSync(renamed, {recursive: true})
    for (const name of readdirSync(join(from, folder))) {
      renameSync(join(from, folder, name), join(renamed, `${round} ${name.replace(/.* /, '')}`))
    }
    rmdirSync(join(from, folder))
  }
  rmdirSync(from)
}

async function hashAll({files}: Ports, tree: string, signal: AbortSignal): Promise<void> {
  for await (const listing of files.walk(tree, {signal})) {
    await inTurns(listing.files, signal, file => files.identify(file.path, file.sizeBytes))
  }
}

/** Ends the jobs that a model would do, with results that cost nothing. */
async function passOthers({library, host}: Ports, space: Space): Promise<void> {
  const data = new Float32Array(space.dimension)
  const finishAll = async (kind: 'embed' | 'tag', resultOf: (contentId: number) => StageResult): Promise<void> => {
    for (;;) {
      const jobs = await library.claim(kind, A_CLAIM, host.owner)
      if (jobs.length === 0) return
      for (const job of jobs) await library.finish(job, host.owner, resultOf(job.subject))
    }
  }
  await finishAll('embed', contentId => ({
    writes: [{type: 'vectors', contentId, space, vectors: [{aspect: 'picture', atMs: 0, data}]}],
    next: ['tag'],
    version: space.name,
  }))
  await finishAll('tag', contentId => ({
    writes: [{type: 'tags', contentId, sources: ['detector'], tags: [{name: 'dog', source: 'detector', confidence: 0.5}]}],
    next: [],
    version: '1',
  }))
}

async function timed<Result>(run: () => Promise<Result>): Promise<{ms: number; result: Result}> {
  const from = performance.now()
  const result = await run()
  return {ms: performance.now() - from, result}
}
