import {mkdir, rm, stat} from 'node:fs/promises'
import {availableParallelism} from 'node:os'
import {basename, join} from 'node:path'
import {openRyot} from '../../adapters/native/ryot.js'
import {isFatal, messageOf, throwIfCancelled} from '../../domain/errors.js'
import {openLlamaCppContestant, openRyotContestant, type Contestant} from './contestants.js'
import {alone, compared, medianOf, type BenchResult} from './measure.js'
import {startNeighbour} from './neighbour.js'
import {WEIGHT_MIXES, writeRandomModel, type ModelSize} from './random-model.js'
import {waitResults} from './ryot-waits.js'
import type {BenchContext} from './suites.js'

const PROMPTS = [128, 512] as const
const WRITTEN_TOKENS = 32
/** Reading the weights once takes as long as one token: several times a round, since one is at the mercy of a moment. */
const READINGS = 8
/** What a neighbour takes differs from second to second: threads are compared as many times a round. */
const TURNS = 3
const GIGA = 1e9

/** A model that is measured: the file that Ryot runs, and the files that llama.cpp runs. */
interface Match {
  name: string
  path: string
  peers: readonly {name: string; path: string}[]
}

/** One round's figures of one engine: tokens a second. */
interface Speeds {
  prefill: Record<(typeof PROMPTS)[number], number>
  decode: number
}

/** Whole models, against llama.cpp on the same threads in turns: models of a published size that are made here, and files that a person has. */
export async function* modelResults(context: BenchContext): AsyncIterable<BenchResult> {
  for (const size of context.make) {
    const folder = join(context.folder, size)
    await mkdir(folder)
    yield* matchResults(await makeMatch(size, folder, context), context)
    await rm(folder, {recursive: true})
  }
  for (const path of context.models) {
    const name = basename(path, '.gguf')
    yield* matchResults({name, path, peers: [{name: 'llama-cpp', path}]}, context)
  }
}

async function makeMatch(size: ModelSize, folder: string, {signal, note}: BenchContext): Promise<Match> {
  const peers = []
  for (const mix of WEIGHT_MIXES) {
    const path = join(folder, `${size}-${mix}.gguf`)
    note(`making a model of random weights: ${size}, ${mix}`)
    await writeRandomModel(path, size, mix, {signal})
    peers.push({name: `llama-cpp/${mix}`, path})
  }
  return {name: size, path: peers[0]?.path as string, peers}
}

async function* matchResults({name, path, peers}: Match, context: BenchContext): AsyncIterable<BenchResult> {
  const {rounds, kernel, signal, note} = context
  const threads = availableParallelism()
  yield* loadResults(name, path, context)
  yield* waitResults(name, path, context)
  await using engines = new Contestants()
  const ours = await engines.add(await openRyotContestant({path, threads, kernel, signal}))
  const theirs: {name: string; engine: Contestant}[] = []
  for (const peer of peers) {
    try {
      theirs.push({name: peer.name, engine: await engines.add(await openLlamaCppContestant({path: peer.path, threads, signal}))})
    } catch (error) {
      if (isFatal(error) && error.code === 'CANCELLED') throw error
      note(`${peer.name} is not measured with ${name}: ${messageOf(error)}`)
    }
  }
  const speeds = new Map<Contestant, Speeds[]>()
  const reading: number[] = []
  const all = [ours, ...theirs.map(({engine}) => engine)]
  for (let round = -1; round < rounds; round++) {
    // Each begins in turn, and the first round only warms caches.
    for (let i = 0; i < all.length; i++) {
      throwIfCancelled(signal)
      const engine = all[(i + Math.max(round, 0)) % all.length] as Contestant
      const speed = await measureSpeeds(engine)
      if (round >= 0) speeds.set(engine, [...(speeds.get(engine) ?? []), speed])
    }
    for (let i = 0; i < READINGS; i++) {
      const read = openRyot().measureReading(ours.weightBytes ?? 0, threads)
      if (round >= 0) reading.push(read.bytes / read.seconds / GIGA)
    }
  }
  const own = speeds.get(ours) ?? []
  for (const {name: peer, engine} of theirs) {
    const other = speeds.get(engine) ?? []
    yield compared(
      `ryot.decode.${name}`,
      'tokens/s',
      own.map(({decode}) => decode),
      peer,
      other.map(({decode}) => decode),
    )
    for (const tokens of PROMPTS) {
      const [a, b] = [own, other].map(side => side.map(({prefill}) => prefill[tokens])) as [number[], number[]]
      yield compared(`ryot.prefill${tokens}.${name}`, 'tokens/s', a, peer, b)
    }
  }
  const bandwidth = own.map(({decode}) => (decode * (ours.weightBytes ?? 0)) / GIGA)
  yield compared('ryot.bandwidth-share', 'GB/s', bandwidth, `reading memory, ${name}`, reading)
  yield* threadResults(name, path, ours, context)
}

/** How long a file that is in the system's cache takes to load, and how much memory the process then takes more, by the size of the file. */
async function* loadResults(name: string, path: string, {rounds, kernel, signal}: BenchContext): AsyncIterable<BenchResult> {
  const {size} = await stat(path)
  const times: number[] = []
  const shares: number[] = []
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    throwIfCancelled(signal)
    const before = process.memoryUsage.rss()
    await using engine = await openRyotContestant({path, threads: availableParallelism(), kernel, signal})
    times.push(engine.loadSeconds)
    shares.push((process.memoryUsage.rss() - before) / size)
  }
  yield alone(`ryot.load.${name}`, medianOf(times), 's', times.length)
  yield alone(`ryot.memory.${name}`, medianOf(shares), 'resident/file', shares.length)
}

/** All threads against one, alone and beside a program that keeps a core busy. */
async function* threadResults(
  name: string,
  path: string,
  many: Contestant,
  {rounds, kernel, signal}: BenchContext,
): AsyncIterable<BenchResult> {
  if (availableParallelism() < 2) return
  await using one = await openRyotContestant({path, threads: 1, kernel, signal})
  for (const busy of [false, true]) {
    const stopNeighbour = busy ? startNeighbour() : null
    try {
      yield* inTurns(busy ? `${name}.busy-neighbour` : name, many, one, rounds, signal)
    } finally {
      stopNeighbour?.()
    }
  }
}

async function* inTurns(
  name: string,
  many: Contestant,
  one: Contestant,
  rounds: number,
  signal: AbortSignal,
): AsyncIterable<BenchResult> {
  const decode: [number[], number[]] = [[], []]
  const prefill: [number[], number[]] = [[], []]
  for (let round = -1; round < rounds * TURNS; round++) {
    throwIfCancelled(signal)
    for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const engine = [many, one][side] as Contestant
      const read = 128 / (await engine.prefill(128))
      const written = WRITTEN_TOKENS / (await engine.decode(WRITTEN_TOKENS))
      if (round < 0) continue
      prefill[side].push(read)
      decode[side].push(written)
    }
  }
  yield compared(`ryot.threads.decode.${name}`, 'tokens/s', decode[0], 'one thread', decode[1])
  yield compared(`ryot.threads.prefill128.${name}`, 'tokens/s', prefill[0], 'one thread', prefill[1])
}

async function measureSpeeds(engine: Contestant): Promise<Speeds> {
  const long = 512 / (await engine.prefill(512))
  const short = 128 / (await engine.prefill(128))
  return {prefill: {128: short, 512: long}, decode: WRITTEN_TOKENS / (await engine.decode(WRITTEN_TOKENS))}
}

/** Closes all engines that were opened, also where a later one fails to open. Node 20 has no AsyncDisposableStack. */
class Contestants implements AsyncDisposable {
  readonly #opened: Contestant[] = []

  async add(contestant: Contestant): Promise<Contestant> {
    this.#opened.push(contestant)
    return contestant
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const contestant of this.#opened.reverse()) await contestant[Symbol.asyncDispose]()
  }
}
