import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

let box: Sandbox
beforeAll(async () => {
  box = await openSandbox()
  await drawPicture(join(box.media, 'a.jpg'), 1)
  await box.json(['scan', box.media])
})
afterAll(() => box[Symbol.asyncDispose]())

interface DoctorJson {
  findings: {name: string; state: string; detail: string}[]
}

test('show prints what is known of a file, for people', async () => {
  const {stdout, exitCode} = await box.run(['show', 'a.jpg'], {cwd: box.media})
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/kind +photo \(jpeg, image\/jpeg\)/)
  expect(stdout).toMatch(/dimensions +96 × 64/)
  expect(stdout).toMatch(/landscape orientation +1\.00 +metadata/)
})

test('stats counts what the library holds', async () => {
  expect(await box.json(['stats'])).toMatchObject({roots: 1, files: {present: 1, offline: 0, missing: 0}, contents: {photo: 1}})
  expect((await box.call(['stats'])).stdout).toMatch(/contents +1 photo, 0 videos, 0 audio/)
})

test('doctor finds everything in place, and says what the CPU allows', async () => {
  const {findings} = await box.json<DoctorJson>(['doctor'])
  const states = Object.fromEntries(findings.map(({name, state}) => [name, state]))
  expect(states).toMatchObject({ffmpeg: 'ok', ffprobe: 'ok', models: 'ok', library: 'ok', cpu: 'ok'})
  // Which of the two it is depends on the machine; it is never a problem.
  for (const backend of ['ryot', 'llama-cpp']) expect(['ok', 'note']).toContain(states[backend])
  const ryot = findings.find(({name}) => name === 'ryot')
  expect(ryot?.detail).toMatch(
    ryot?.state === 'ok' ? /kernel (vnni|table) for writing, (vnni|table) for reading/ : /cannot run here/,
  )
})

test('doctor names a problem and ends with 3', async () => {
  const fake = join(box.root, 'not-ffmpeg')
  await writeFile(fake, '')
  const env = {MEDIAFORGE_FFMPEG: fake}
  expect((await box.run(['doctor'], {env})).exitCode).toBe(3)
  const {findings} = await box.json<DoctorJson>(['doctor'], {env})
  expect(findings.find(({name}) => name === 'ffmpeg')).toMatchObject({state: 'problem'})
})

test('doctor says that a device which cannot decode is not used', async () => {
  const env = {MEDIAFORGE_HARDWARE_DECODING: 'nosuch'}
  const {findings} = await box.json<DoctorJson>(['doctor'], {env})
  expect(findings.find(({name}) => name === 'hardware')).toMatchObject({
    state: 'note',
    detail: expect.stringMatching(/^nosuch cannot be used, so the processor decodes videos: .*unknown device type/) as string,
  })
})

test('--version and --help answer without a library', async () => {
  const version = await box.run(['--version'])
  expect(version.stdout).toMatch(/^mediaforge\/\d+\.\d+\.\d+ /)
  const help = await box.run(['search', '--help'])
  expect(help.stdout).toContain('--semantic')
})
