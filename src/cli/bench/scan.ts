import {closeSync, openSync, readdirSync, readSync, statSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {scan} from '../../services/scan.js'
import {compose} from '../compose.js'
import type {Config} from '../config.js'
import {fillTree} from './made-tree.js'
import {photoScan} from './photo-scan.js'
import {compare, type BenchResult} from './measure.js'
import {peakMegabytes} from './program.js'
import type {BenchContext} from './suites.js'

const FILES = 20_000
const MANY_FILES = 100_000
/** As much of a file as recognising it reads. */
const HEAD_BYTES = 4100

/** Finding files: the walk, the comparison with the library, and recording; and reading the metadata of photographs. */
export async function* scanSuite(context: BenchContext): AsyncIterable<BenchResult> {
  const {rounds, signal} = context
  const tree = join(context.folder, 'tree')
  await fillTree(tree, FILES)

  const peer = (): void => bareWalk(tree, path => void statSync(path))
  const firstPeer = (): void => bareWalk(tree, readHead)
  let run = 0
  const first = await compare(
    Math.min(rounds, 3),
    () => scanInto(libraryIn(context, `first-${run++}`), tree, signal),
    firstPeer,
    signal,
  )
  yield {name: 'scan.first', unit: 'ms', peer: `readdir, stat and ${HEAD_BYTES} bytes of each file`, ...first}

  const config = libraryIn(context, 'again')
  await using session = await compose(config)
  await scan(session.ports, [tree], {}, {signal})
  const again = await compare(rounds, () => scan(session.ports, [tree], {}, {signal}), peer, signal)
  yield {name: 'scan.rescan', unit: 'ms', peer: 'readdir and stat, synchronous', ...again}

  const many = join(context.folder, 'many')
  await fillTree(many, MANY_FILES)
  const scanMany = ['scan', many, '--queue-only', '--quiet']
  const peak = await peakMegabytes(scanMany, libraryIn(context, 'many-library'), signal)
  const nothing = await peakMegabytes(['--version'], config, signal)
  yield {
    name: 'scan.memory',
    value: peak,
    unit: 'MB',
    peer: 'mediaforge --version',
    peerValue: nothing,
    ratio: peak / nothing,
    rounds: 1,
  }
  await rm(many, {recursive: true})
  yield* photoScan(context)
}

function libraryIn({config, folder}: BenchContext, name: string): Config {
  return {...config, dataDir: join(folder, name), cacheDir: join(folder, name)}
}

async function scanInto(config: Config, path: string, signal: AbortSignal): Promise<void> {
  await using session = await compose(config)
  await scan(session.ports, [path], {}, {signal})
}

/** The least that a scan could do in Node: nothing runs beside it, nothing is kept. */
function bareWalk(folder: string, visit: (path: string) => void): void {
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bareWalk(path, visit)
    else visit(path)
  }
}

const head = Buffer.alloc(HEAD_BYTES)

function readHead(path: string): void {
  statSync(path)
  const file = openSync(path, 'r')
  readSync(file, head)
  closeSync(file)
}
