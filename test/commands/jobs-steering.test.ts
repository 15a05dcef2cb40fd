import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import Database from 'better-sqlite3'
import {execa} from 'execa'
import sharp from 'sharp'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openLibraryOf} from '../support/library.js'
import type {ErrorJson, ScanJson, WorkJson} from '../support/reports.js'
import {BIN, openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'
import {runAtTerminal} from '../support/terminal.js'
import {until} from '../support/wait.js'

type Kind = 'inspect' | 'frames' | 'embed' | 'tag'

interface JobsJson {
  counts: Record<Kind, {queued: number; running: number; failed: number}>
  perSecond: Record<Kind, number | null>
  leftMs: number | null
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
const jobs = (): Promise<JobsJson> => box.json<JobsJson>(['jobs'])

async function draw(folder: string, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i++) await drawPicture(at(`${folder}/${i}.jpg`), i)
}

describe('jobs', () => {
  test('shows how fast the last minutes went, and how long the rest may take', async () => {
    await draw('a', 0, 3)
    expect(await jobs()).toMatchObject({perSecond: {inspect: null, embed: null}, leftMs: 0})
    await box.json(['scan', box.media, '--quiet'])
    const after = await jobs()
    expect(after.perSecond.inspect).toBeGreaterThan(0)
    expect(after.perSecond).toMatchObject({frames: null, embed: expect.any(Number), tag: expect.any(Number)})
    expect(after.leftMs).toBe(0)

    await draw('b', 10, 6)
    await box.json(['scan', box.media, '--queue-only'])
    const waiting = await jobs()
    expect(waiting.leftMs).toBeGreaterThan(0)
    const {stdout} = await box.call(['jobs'])
    expect(stdout).toMatch(/inspect +6 +0 +0 +[\d.]+\/(s|min)/)
    expect(stdout).toMatch(/about \d+:\d\d left/)
  })

  test('does not guess where nothing was finished yet', async () => {
    await draw('a', 0, 1)
    await box.json(['scan', box.media, '--queue-only'])
    expect((await jobs()).leftMs).toBeNull()
    expect((await box.call(['jobs'])).stdout).not.toContain('left at this speed')
  })
})

describe('what was added last', () => {
  test('is worked on first, through all its stages', async () => {
    await draw('old', 0, 9)
    await box.json(['scan', at('old'), '--queue-only'])
    await draw('new', 20, 2)
    await box.json(['scan', at('new'), '--queue-only'])
    await using library = await openLibraryOf(box)
    const folders = async (kind: Kind): Promise<string[]> => {
      const claimed = await library.claim(kind, 3, 'test:1:one')
      const paths = await Promise.all(
        claimed.map(async ({subject}) =>
          kind === 'inspect' ? (await library.location(subject))?.path : (await library.content(subject))?.locations[0]?.path,
        ),
      )
      await library.release(
        claimed.map(({id}) => id),
        'test:1:one',
      )
      return paths.map(path => String(path).split('/').at(-2) ?? '').sort()
    }
    expect(await folders('inspect')).toEqual(['new', 'new', 'old'])
    await box.json(['work', '--kind', 'inspect', '--quiet'])
    expect(await folders('embed')).toEqual(['new', 'new', 'old'])
  })

  test('is found by an index, whatever waits', async () => {
    await using library = await openLibraryOf(box)
    expect(await library.jobCounts()).toMatchObject({inspect: {queued: 0}})
    const db = new Database(join(box.dataDir, 'library.db'))
    db.exec(`INSERT INTO job (kind, subject, priority, updated_at)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      SELECT 'embed', i, i % 7, '2020' FROM n`)
    const source = await readFile(new URL('../../dist/library/sqlite/queue.js', import.meta.url), 'utf8')
    const [select] = /SELECT id FROM job WHERE kind = @kind AND state = 'queued'[^)]*/.exec(source) ?? ['']
    const plan = db.prepare<object, {detail: string}>(`EXPLAIN QUERY PLAN ${select}`)
    const steps = plan.all({kind: 'embed', time: Date.now(), latest: Date.now() + 1, limit: 8}).map(({detail}) => detail)
    db.close()
    expect(steps).toEqual(['SEARCH job USING COVERING INDEX job_order (kind=?)'])
    expect(await library.claim('embed', 8, 'test:1:one')).toHaveLength(8)
  })
})

describe('jobs clear', () => {
  const failOne = async (): Promise<void> => {
    await drawPicture(at('good.jpg'), 1)
    await writeFile(at('bad.jpg'), Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'))
    expect((await box.run(['scan', box.media, '--quiet'])).exitCode).toBe(3)
    expect((await jobs()).counts.inspect.failed).toBe(1)
  }

  test('takes failed jobs away where it may, and the next scan looks at the file again', async () => {
    await failOne()
    const refused = await box.json<ErrorJson>(['jobs', 'clear', '--failed'])
    expect(refused.error).toMatchObject({code: 'USAGE', hint: 'mediaforge jobs clear --failed --yes'})
    expect((await jobs()).counts.inspect.failed).toBe(1)

    expect(await box.json(['jobs', 'clear', '--failed', '--yes'])).toEqual({cleared: 1})
    expect((await jobs()).counts.inspect.failed).toBe(0)
    await drawPicture(at('bad.jpg'), 2)
    expect(await box.json<ScanJson>(['scan', box.media])).toMatchObject({work: {done: {inspect: 1}, failures: []}})
  })

  test('asks a person at a terminal, and leaves everything as it is without a yes', async () => {
    await failOne()
    const no = await runAtTerminal(box, ['jobs', 'clear', '--failed'], '\n')
    expect(no.stdout).toContain('Take 1 failed job away?')
    expect(no.exitCode).toBe(130)
    expect((await jobs()).counts.inspect.failed).toBe(1)
    const yes = await runAtTerminal(box, ['jobs', 'clear', '--failed'], 'y\n')
    expect(yes).toMatchObject({exitCode: 0})
    expect((await jobs()).counts.inspect.failed).toBe(0)
  })

  test('takes waiting jobs of one kind only, and nothing is lost by it', async () => {
    await draw('a', 0, 3)
    await box.json(['scan', box.media, '--queue-only'])
    await box.json(['work', '--kind', 'inspect', '--quiet'])
    await draw('b', 10, 2)
    await box.json(['scan', box.media, '--queue-only'])
    expect((await box.run(['jobs', 'clear', '--queued'])).exitCode).toBe(2)
    expect(await box.json(['jobs', 'clear', '--queued', '--kind', 'embed', '--yes'])).toEqual({cleared: 3})
    expect((await jobs()).counts).toMatchObject({inspect: {queued: 2}, embed: {queued: 0}})
    expect(await box.json(['jobs', 'clear', '--queued', '--kind', 'inspect', '--yes'])).toEqual({cleared: 2})
    expect(await box.json<ScanJson>(['scan', box.media])).toMatchObject({work: {done: {inspect: 2, embed: 5, tag: 5}}})
    expect(await box.json<WorkJson>(['tag'])).toMatchObject({done: {embed: 0, tag: 0}})
  })
})

test('Ctrl-C gives back within a second what is in hand, its attempt not counted', async () => {
  const noise = Buffer.alloc(6000 * 4000 * 3, 0).map((_, i) => (i * 7919) >>> 5)
  for (let i = 0; i < 6; i++) {
    noise[0] = i
    await sharp(noise, {raw: {width: 6000, height: 4000, channels: 3}})
      .png({compressionLevel: 1})
      .toFile(at(`${i}.png`))
  }
  await box.json(['scan', box.media, '--queue-only'])
  await using library = await openLibraryOf(box)
  const child = execa('node', [BIN, 'work', '--quiet'], {env: box.environment, reject: false})
  await until('work in hand', async () => ((await library.jobCounts()).inspect.running > 0 ? true : undefined))
  const stopped = Date.now()
  child.kill('SIGINT')
  await until('the queue as it was', async () => ((await library.jobCounts()).inspect.running === 0 ? true : undefined))
  expect(Date.now() - stopped).toBeLessThan(1500)
  expect((await child).exitCode).toBe(130)
  const left = await library.listJobs({kind: 'inspect', limit: 10})
  expect(left.length).toBeGreaterThan(0)
  expect(left.every(job => job.attempts === 0 && job.state === 'queued')).toBe(true)
})
