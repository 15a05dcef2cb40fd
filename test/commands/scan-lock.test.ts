import {join} from 'node:path'
import {execa} from 'execa'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openLibraryOf} from '../support/library.js'
import type {ErrorJson, ScanJson} from '../support/reports.js'
import {BIN, openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'
import {until} from '../support/wait.js'

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
  for (let i = 0; i < 24; i++) await drawPicture(join(box.media, `${i}.jpg`), i)
})
afterEach(() => box[Symbol.asyncDispose]())

/** A scan that has its lock, and whose work takes a while yet. */
async function startedScan() {
  const child = execa('node', [BIN, 'scan', box.media, '--quiet'], {env: box.environment, reject: false})
  await using library = await openLibraryOf(box)
  await until('work in hand', async () => ((await library.jobCounts()).embed.running > 0 ? true : undefined))
  return {child}
}

test('a second scan ends at once and says so, and with --quiet without a word', async () => {
  const {child} = await startedScan()
  const error = await box.json<ErrorJson>(['scan', box.media])
  expect(error.error).toMatchObject({code: 'LIBRARY_BUSY', message: 'another scan of this library is running', exitCode: 5})
  expect(await box.run(['scan', box.media, '--quiet'])).toEqual({exitCode: 0, stdout: '', stderr: ''})
  expect(child.exitCode).toBeNull()
  child.kill('SIGINT')
  expect((await child).exitCode).toBe(130)
  expect(await box.json(['scan', box.media, '--queue-only'])).toMatchObject({skipped: false, roots: [{unchanged: 24}]})
})

test('a scan that was killed locks nobody out', async () => {
  const {child} = await startedScan()
  child.kill('SIGKILL')
  await child
  expect((await box.json<ScanJson>(['scan', box.media, '--queue-only'])).roots).toMatchObject([{unchanged: 24}])
})

test('a lock of another machine holds for a minute, and not longer where a clock is set back', async () => {
  await using library = await openLibraryOf(box)
  expect(await library.lock('scan', 'elsewhere:1:a')).toBeNull()
  expect(await box.json<ErrorJson>(['scan', box.media, '--queue-only'])).toMatchObject({error: {code: 'LIBRARY_BUSY'}})
  expect(await library.lock('scan', 'elsewhere:2:b')).toBe('elsewhere:1:a')
  await library.unlock('scan', 'elsewhere:2:b')
  expect(await library.lock('scan', 'elsewhere:2:b')).toBe('elsewhere:1:a')
  const {now} = Date
  try {
    Date.now = () => now() + 61_000
    expect(await library.lock('scan', 'elsewhere:2:b')).toBeNull()
    Date.now = () => now() - 3_600_000
    expect(await library.lock('scan', 'elsewhere:3:c')).toBeNull()
  } finally {
    Date.now = now
  }
})
