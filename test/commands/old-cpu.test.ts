import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

const env = {NODE_OPTIONS: `--import=${new URL('../support/old-cpu.mjs', import.meta.url).href}`}

let box: Sandbox
beforeAll(async () => {
  box = await openSandbox()
  await drawPicture(join(box.media, 'a.jpg'), 1)
})
afterAll(() => box[Symbol.asyncDispose]())

test.skipIf(process.arch !== 'x64').each([
  [['scan', '.'], 'a.jpg', false],
  [['search', 'a'], 'a.jpg', true],
  [['show', 'a.jpg'], 'photo', true],
  [['stats'], '1 photo', true],
  [['jobs'], '', true],
])('without AVX-512, %j works', async (args, expected, printed) => {
  const {exitCode, stdout} = await box.run(args, {cwd: box.media, env})
  expect(exitCode).toBe(0)
  if (printed) expect(stdout).toContain(expected)
})

test.skipIf(process.arch !== 'x64')(
  'without AVX-512, doctor and bench say why the engine is not used, and find no fault in it',
  async () => {
    const doctor = await box.run(['doctor'], {env})
    expect(doctor.exitCode).toBe(0)
    expect(doctor.stdout).toMatch(/· +ryot +.*this CPU has no AVX512F, AVX512_VNNI, AVX512_VBMI/)
    const bench = await box.run(['bench', 'ryot'], {env})
    expect(bench.exitCode).toBe(0)
    expect(bench.stderr).toContain('this CPU has no AVX512F')
  },
)
