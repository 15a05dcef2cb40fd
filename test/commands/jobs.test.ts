import {rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {ffmpeg} from '../support/clips.js'
import {NOTHING_DONE, type FileJson, type ScanJson, type WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)

interface JobsJson {
  paused: boolean
  counts: Record<'inspect' | 'frames' | 'embed' | 'tag', {queued: number; running: number; failed: number}>
}

interface JobListJson {
  jobs: {id: number; kind: string; state: string; path: string; errorCode: string | null; message?: string}[]
}

test('work is queued by one command and done by another', async () => {
  await drawPicture(at('a.jpg'), 1)
  const {work} = await box.json<ScanJson>(['scan', box.media, '--queue-only'])
  expect(work).toBeNull()
  expect((await box.json<JobsJson>(['jobs'])).counts.inspect).toEqual({queued: 1, running: 0, failed: 0})
  expect((await box.json<WorkJson>(['work'])).done).toEqual({...NOTHING_DONE, inspect: 1, embed: 1, tag: 1})
  expect((await box.json<JobsJson>(['jobs'])).counts.inspect).toEqual({queued: 0, running: 0, failed: 0})
})

test('a paused queue hands out nothing until it is resumed', async () => {
  await drawPicture(at('a.jpg'), 1)
  await box.json(['jobs', 'pause'])
  const {work} = await box.json<ScanJson>(['scan', box.media])
  expect(work).toMatchObject({paused: true, done: {inspect: 0}})
  expect(await box.json<JobsJson>(['jobs'])).toMatchObject({paused: true, counts: {inspect: {queued: 1}}})
  expect((await box.call(['work'])).stdout).toContain('mediaforge jobs resume')
  await box.json(['jobs', 'resume'])
  expect((await box.json<WorkJson>(['work'])).done.tag).toBe(1)
})

test('a photo that nothing could decode is looked at again once something may', async () => {
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=64x64', '-frames:v', '1', at('drawn.bmp'))
  const photo = async (): Promise<FileJson['content']> => (await box.json<FileJson>(['show', at('drawn.bmp')])).content
  await box.json(['scan', box.media], {env: {MEDIAFORGE_FFMPEG: join(box.root, 'nowhere')}})
  expect(await photo()).toMatchObject({facts: {noDecoder: 'bmp'}, statistics: null})
  expect((await box.call(['show', at('drawn.bmp')])).stdout).toContain('once something can: mediaforge jobs retry')
  expect(await box.json(['jobs', 'retry', '--kind', 'frames'])).toEqual({queued: 0})
  expect(await box.json(['jobs', 'retry'])).toEqual({queued: 1})
  expect(await box.json<WorkJson>(['work'])).toMatchObject({done: {embed: 1, tag: 1}, failures: []})
  const seen = await photo()
  expect(seen?.facts.noDecoder).toBeUndefined()
  expect(seen?.statistics?.colourfulness).toBeGreaterThan(0)
})

test('what failed is listed with its reason, and can be tried again', async () => {
  await drawPicture(at('good.jpg'), 1)
  await drawPicture(at('bad.jpg'), 2)
  await box.json(['scan', box.media, '--queue-only'])
  await rm(at('bad.jpg'))
  await writeFile(at('bad.jpg'), Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'))
  const {work} = await box.json<ScanJson>(['scan', box.media])
  expect(work?.failures).toMatchObject([{path: at('bad.jpg'), code: 'FILE_BROKEN', kind: 'inspect'}])

  const failed = await box.json<JobListJson>(['jobs', 'list', '--failed'])
  expect(failed.jobs).toMatchObject([{path: at('bad.jpg'), state: 'failed', kind: 'inspect'}])
  expect((await box.call(['jobs', 'list', '--failed'])).stdout).toContain('bad.jpg')
  expect((await box.call(['show', at('bad.jpg')])).stdout).toMatch(/content +cannot be read: .*premature end/)

  await drawPicture(at('bad.jpg'), 2)
  expect(await box.run(['jobs', 'retry'])).toMatchObject({exitCode: 0})
  expect(await box.json<WorkJson>(['work'])).toMatchObject({failures: [], done: {inspect: 1, embed: 1, tag: 1}})
  expect((await box.json<JobListJson>(['jobs', 'list', '--failed'])).jobs).toEqual([])
})

test('two workers share one queue without doing anything twice', async () => {
  for (let i = 0; i < 24; i++) await drawPicture(at(`${i}.jpg`), i)
  await box.json(['scan', box.media, '--queue-only'])
  const [one, other] = await Promise.all([box.jsonOfProcess<WorkJson>(['work']), box.jsonOfProcess<WorkJson>(['work'])])
  for (const kind of ['inspect', 'embed', 'tag'] as const) {
    expect(one.done[kind] + other.done[kind]).toBe(24)
  }
  expect([...one.failures, ...other.failures]).toEqual([])
})
