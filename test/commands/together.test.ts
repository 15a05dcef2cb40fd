import {rename} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {makeMedia} from '../kills/stages.js'
import {dumpLibrary, faultsOf} from '../support/library-dump.js'
import {NOTHING_DONE, type HitJson, type ScanJson, type WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {until} from '../support/wait.js'
import {startWatch} from '../support/watching.js'

let box: Sandbox
beforeAll(async () => {
  box = await openSandbox()
  await makeMedia(box.media)
})
afterAll(() => box[Symbol.asyncDispose]())

/** Six processes start, and each of them loads its models. */
const TIMEOUT_MS = 300_000

function sumOf(all: Partial<typeof NOTHING_DONE>[]): typeof NOTHING_DONE {
  const sum = {...NOTHING_DONE}
  for (const done of all) for (const kind of Object.keys(sum) as (keyof typeof sum)[]) sum[kind] += done[kind] ?? 0
  return sum
}

test(
  'scan, watch, three workers and searches at once do each job once, and leave what one process leaves',
  async () => {
    // Of copies, the one that was found first gives its name: half of the files come later, in both libraries.
    const [there, away] = [join(box.media, 'more'), join(box.root, 'later')]
    const alone = {...box.environment, MEDIAFORGE_DATA_DIR: join(box.root, 'alone')}
    await rename(there, away)
    await box.json(['scan', box.media, '--queue-only'], {env: alone})
    await box.json(['scan', box.media, '--queue-only'])
    await rename(away, there)
    const {work: expected} = await box.json<ScanJson>(['scan', box.media], {env: alone})
    expect(expected?.failures).toEqual([])

    const watching = startWatch(box, [box.media])
    const workers = [1, 2, 3].map(() => box.jsonOfProcess<WorkJson>(['work']))
    const scanning = box.jsonOfProcess<ScanJson>(['scan', box.media])
    const idle = new AbortController()
    const searching = (async () => {
      for (let i = 0; !idle.signal.aborted; i++) {
        const {hits} = await box.jsonOfProcess<{hits: HitJson[]}>([
          'search',
          i % 2 === 0 ? '--semantic' : '--lexical',
          'img 2019',
        ])
        expect(hits).toBeInstanceOf(Array)
      }
    })()
    const reports = [(await scanning).work, ...(await Promise.all(workers))] as WorkJson[]
    await until('an empty queue', async () => {
      const {counts} = await box.jsonOfProcess<{counts: Record<string, {queued: number; running: number}>}>(['jobs'])
      return Object.values(counts).every(({queued, running}) => queued + running === 0) ? true : undefined
    })
    idle.abort()
    await searching
    expect(await watching.stop('SIGTERM')).toEqual({exitCode: 0, stderr: ''})

    expect(reports.flatMap(({failures}) => failures)).toEqual([])
    expect(watching.news.filter(({event}) => event === 'job.failed' || event === 'watch.problem')).toEqual([])
    expect(sumOf([...reports.map(({done}) => done), watching.done()])).toEqual(expected?.done)
    const library = join(box.dataDir, 'library.db')
    expect(faultsOf(library)).toEqual([])
    expect(dumpLibrary(library)).toEqual(dumpLibrary(join(box.root, 'alone/library.db')))
  },
  TIMEOUT_MS,
)
