import {mkdir, readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createRandom} from '../../dist/cli/bench/random.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {dumpLibrary, faultsOf, jobsIn} from '../support/library-dump.js'
import {runUntil, type Ended, type Moment} from './killing.js'
import {copyState, makeMedia, stagesOf, type Stage, type State} from './stages.js'

/**
 * `MEDIAFORGE_KILLS=112 npx vitest run test/kills` kills so often, spread evenly over the stages; another `MEDIAFORGE_KILLS_SEED` chooses other moments.
 */
const KILLS = Number(process.env.MEDIAFORGE_KILLS ?? 3)
const SEED = Number(process.env.MEDIAFORGE_KILLS_SEED ?? 1)

/** A run that nobody killed: where it began, how it ran, and what it left. */
interface Course {
  begin: State
  end: State
  run: Ended
  left: string[]
}

/** One line of the table. */
interface Tally {
  kills: number
  rows: number
  inHand: number
  lost: number
  duplicated: number
  failedChecks: number
}

let box: Sandbox
let stages: Stage[]
const courses = new Map<string, Course>()
const problems: string[] = []

beforeAll(async () => {
  box = await openSandbox()
  await makeMedia(box.media)
  stages = stagesOf(box.media, join(box.root, 'moved'))
})
afterAll(() => box[Symbol.asyncDispose]())

function stateAt(name: string): State {
  return {dataDir: join(box.root, 'states', name, 'data'), cacheDir: join(box.root, 'states', name, 'cache')}
}

const libraryOf = (state: State): string => join(state.dataDir, 'library.db')

function run(stage: Stage, {dataDir, cacheDir}: State, moment?: Moment): Promise<Ended> {
  const env = {...box.environment, MEDIAFORGE_DATA_DIR: dataDir, MEDIAFORGE_CACHE_DIR: cacheDir, MEDIAFORGE_VECTOR_INDEX: 'hnsw'}
  return runUntil([...stage.args, '--json'], env, moment)
}

/** The course of a stage that nobody disturbs, and of those before it; each is run once. */
async function courseOf(name: string): Promise<Course> {
  const course = courses.get(name) ?? (await undisturbed(stages.find(stage => stage.name === name) as Stage))
  courses.set(name, course)
  return course
}

async function undisturbed(stage: Stage): Promise<Course> {
  const begin = stateAt(`${stage.name}-begin`)
  const end = stateAt(`${stage.name}-end`)
  for (const folder of [begin.dataDir, begin.cacheDir]) await mkdir(folder, {recursive: true})
  if (stage.after !== null) await copyState((await courseOf(stage.after)).end, begin)
  await stage.prepare?.(begin, args => run({...stage, args}, begin))
  await copyState(begin, end)
  const ended = await run(stage, end)
  if (ended.code !== 0) throw new Error(`${stage.name} fails by itself: ${ended.stdout}${ended.stderr}`)
  return {begin, end, run: ended, left: await leftBy(stage, end, ended)}
}

/** All that a run leaves behind: rows, files, and an answer. */
async function leftBy(stage: Stage, state: State, ended: Ended): Promise<string[]> {
  // What was being written when the kill came lies about under a name that nobody reads. An index takes in what it lacks at the next search.
  const files = (await readdir(state.cacheDir, {recursive: true, withFileTypes: true})).filter(
    entry => entry.isFile() && !/\.(part|tmp|hnsw)\b/.test(entry.name),
  )
  const names = files.map(entry => `file ${entry.name}`)
  return [...dumpLibrary(libraryOf(state)), ...names, ...(stage.isAnswer ? [answerOf(ended)] : [])]
}

function answerOf({stdout}: Ended): string {
  return stdout.replace(/"(tookMs|sizeBytes)": [\d.]+/g, '"$1": 0').replaceAll(/\/states\/[^/"]+/g, '')
}

async function kill(stage: Stage, number: number, random: ReturnType<typeof createRandom>): Promise<Tally> {
  const {begin, run: usual, left: expected} = await courseOf(stage.name)
  const state = stateAt(`${stage.name}-${number}`)
  for (;;) {
    await copyState(begin, state)
    const moment = random.isOneIn(2) ? {afterMs: random.between(0, usual.ms)} : {afterWrites: random.between(1, usual.writes)}
    if ((await run(stage, state, moment)).killed) break
    await rm(join(state.dataDir, '..'), {recursive: true})
  }
  // Looked at in a copy: the next run meets what the killed one left, with nobody having mended it.
  const copy = stateAt(`${stage.name}-${number}-killed`)
  await copyState(state, copy)
  const faults = faultsOf(libraryOf(copy))
  const waiting = stage.kind === undefined ? [] : jobsIn(libraryOf(copy), stage.kind)
  const resumed = await run(stage, state)
  faults.push(...faultsOf(libraryOf(state)))
  if (resumed.code !== 0) faults.push(`it does not go on: ${resumed.stdout}${resumed.stderr}`)
  const done = (JSON.parse(resumed.stdout) as {done?: Record<string, number>}).done?.[String(stage.kind)] ?? 0
  if (done !== waiting.length) faults.push(`${waiting.length} jobs waited, and ${done} were done`)
  const left = await leftBy(stage, state, resumed)
  const [lost, duplicated] = [without(expected, left), without(left, expected)]
  problems.push(
    ...[...faults, ...lost.map(row => `lost: ${row}`), ...duplicated.map(row => `too much: ${row}`)].map(
      text => `${stage.name} ${number}: ${text}`,
    ),
  )
  for (const {dataDir} of [state, copy]) await rm(join(dataDir, '..'), {recursive: true})
  return {
    kills: 1,
    rows: left.length,
    inHand: waiting.filter(state => state === 'running').length,
    lost: lost.length,
    duplicated: duplicated.length,
    failedChecks: faults.length,
  }
}

/** What is in the first list more often than in the second. */
function without(all: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of taken) counts.set(line, (counts.get(line) ?? 0) + 1)
  return all.filter(line => {
    const count = counts.get(line) ?? 0
    counts.set(line, count - 1)
    return count <= 0
  })
}

function sumOf(a: Tally, b: Tally): Tally {
  return {
    kills: a.kills + b.kills,
    rows: a.rows + b.rows,
    inHand: a.inHand + b.inHand,
    lost: a.lost + b.lost,
    duplicated: a.duplicated + b.duplicated,
    failedChecks: a.failedChecks + b.failedChecks,
  }
}

function tableOf(tallies: ReadonlyMap<string, Tally>): string {
  const lines = [...tallies].map(([stage, tally]) => ({stage, ...tally}))
  const total = {stage: 'together', ...[...tallies.values()].reduce(sumOf)}
  const cells = [...lines, total].map(line => Object.values(line).map(String))
  const heads = ['stage', 'kills', 'rows compared', 'jobs in hand', 'rows lost', 'rows too many', 'failed checks']
  return [heads, ...cells]
    .map(row => row.map((cell, i) => (i === 0 ? cell.padEnd(10) : cell.padStart((heads[i] as string).length + 2))).join(''))
    .join('\n')
}

test(
  `${KILLS} kills at random moments lose nothing, double nothing and break nothing (seed ${SEED})`,
  async () => {
    const random = createRandom(SEED)
    const tallies = new Map<string, Tally>()
    for (let i = 0; i < KILLS; i++) {
      const stage = stages[i % stages.length] as Stage
      const tally = await kill(stage, i, random)
      const before = tallies.get(stage.name)
      tallies.set(stage.name, before === undefined ? tally : sumOf(before, tally))
    }
    process.stdout.write(`\n${tableOf(tallies)}\n\n`)
    expect(problems).toEqual([])
  },
  60_000 + KILLS * 30_000,
)
