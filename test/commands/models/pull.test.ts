import {createHash, randomBytes} from 'node:crypto'
import {mkdir, readdir, readFile, stat, statfs, writeFile} from 'node:fs/promises'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openHub, type Hub} from '../../support/hub.js'
import type {ErrorJson} from '../../support/reports.js'
import {BIN, openSandbox, type Run, type Sandbox} from '../../support/sandbox.js'
import {until} from '../../support/wait.js'

const WEIGHTS = randomBytes(300_000)
const WORDS = Buffer.from('{"words": []}')
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

interface ListJson {
  models: {name: string; isInstalled: boolean; sizeBytes: number | null; unverified?: string}[]
}

let box: Sandbox
let hub: Hub
beforeEach(async () => {
  box = await openSandbox()
  hub = await openHub({'onnx/weights.onnx': WEIGHTS, 'words.json': WORDS})
  await offer({})
})
afterEach(async () => {
  await hub[Symbol.asyncDispose]()
  await box[Symbol.asyncDispose]()
})

/** Puts a model of two files into the catalogue. */
async function offer(
  changes: {name?: string; unverified?: string},
  files: object[] = filesOf(WEIGHTS.length, sha256(WEIGHTS)),
): Promise<void> {
  const folder = join(box.root, 'config/models')
  await mkdir(folder, {recursive: true})
  const manifest = {
    name: 'tiny',
    kind: 'sentence-encoder',
    title: 'a tiny model',
    licence: {id: 'MIT', url: 'https://example.org/mit'},
    source: {repository: 'somebody/tiny', revision: 'main'},
    files,
    ...changes,
  }
  await writeFile(join(folder, `${changes.name ?? 'tiny'}.json`), JSON.stringify(manifest))
}

function filesOf(sizeBytes: number | null, sha: string | null): object[] {
  return [
    {path: 'onnx/weights.onnx', sizeBytes, sha256: sha},
    {path: 'words.json', sizeBytes: WORDS.length, sha256: sha256(WORDS)},
  ]
}

const env = (): Record<string, string> => ({HF_ENDPOINT: hub.url})
const pull = (...flags: string[]): Promise<Run> => box.call(['models', 'pull', 'tiny', ...flags], {env: env()})
const fail = async (): Promise<ErrorJson['error']> => (await box.json<ErrorJson>(['models', 'pull', 'tiny'], {env: env()})).error
const installed = (path: string): Promise<Buffer> => readFile(join(box.dataDir, 'models/tiny', path))
const gets = (): string[] => hub.requests.filter(line => line.startsWith('GET') && line.includes('weights'))
const models = async (): Promise<string[]> =>
  (await box.json<ListJson>(['models', 'list'])).models.filter(model => model.isInstalled).map(({name}) => name)

describe('models pull', () => {
  test('brings a model whole, with its licence said and kept', async () => {
    const {exitCode, stdout} = await box.run(['models', 'pull', 'tiny'], {env: env()})
    expect(exitCode).toBe(0)
    expect(stdout).toContain('licence MIT (https://example.org/mit)')
    expect(await installed('onnx/weights.onnx')).toEqual(WEIGHTS)
    expect(JSON.parse(String(await installed('model.json')))).toMatchObject({
      licence: {id: 'MIT'},
      files: filesOf(WEIGHTS.length, sha256(WEIGHTS)),
    })
    expect(await models()).toEqual(['tiny'])
  })

  test('says where a model comes from, how large it is and under which terms, before it asks for a file', async () => {
    hub.misbehave.set('onnx/weights.onnx', [{status: 404}])
    const {exitCode, stderr} = await pull('--json')
    expect(exitCode).toBe(4)
    expect(stderr).toContain(`tiny: 300 kB, from ${hub.url}/somebody/tiny/tree/main, licence MIT (https://example.org/mit)`)
  })

  test('goes on where a connection broke, also over several runs', async () => {
    hub.misbehave.set('onnx/weights.onnx', [{dropAfter: 100_000}, {dropAfter: 50_000}])
    expect((await pull()).exitCode).toBe(0)
    expect(await installed('onnx/weights.onnx')).toEqual(WEIGHTS)
    const [first, second, third] = gets()
    expect(first).toMatch(/weights.onnx$/)
    expect(second).toMatch(/ bytes=\d+-$/)
    expect(Number(/bytes=(\d+)/.exec(third ?? '')?.[1])).toBeGreaterThan(Number(/bytes=(\d+)/.exec(second ?? '')?.[1]))
  })

  test('resumes what an earlier run left behind', async () => {
    const staging = join(box.dataDir, 'models/.staging/tiny/onnx')
    await mkdir(staging, {recursive: true})
    await writeFile(join(staging, 'weights.onnx.part'), WEIGHTS.subarray(0, 200_000))
    expect((await pull()).exitCode).toBe(0)
    expect(gets()).toEqual(['GET /somebody/tiny/resolve/main/onnx/weights.onnx bytes=200000-'])
    expect(await installed('onnx/weights.onnx')).toEqual(WEIGHTS)
  })

  test('begins again where what was left behind is of another file', async () => {
    const staging = join(box.dataDir, 'models/.staging/tiny/onnx')
    await mkdir(staging, {recursive: true})
    await writeFile(join(staging, 'weights.onnx.part'), randomBytes(200_000))
    expect((await pull()).exitCode).toBe(0)
    expect(await installed('onnx/weights.onnx')).toEqual(WEIGHTS)
    await writeFile(join(box.dataDir, 'models/tiny/onnx/weights.onnx'), '')
    await mkdir(staging, {recursive: true})
    await writeFile(join(staging, 'weights.onnx.part'), randomBytes(400_000))
    expect((await pull()).exitCode).toBe(0)
    expect(await installed('onnx/weights.onnx')).toEqual(WEIGHTS)
  })

  test.each([
    ['503 with Retry-After', {status: 503, headers: {'retry-after': '0'}}],
    ['429', {status: 429, headers: {'retry-after': '0'}}],
    ['500', {status: 500}],
    ['a redirect', {redirectTo: '/cdn/x/resolve/main/onnx/weights.onnx'}],
    ['416', {status: 416}],
    ['other bytes, once', {bytes: randomBytes(300_000)}],
  ])('survives %s', async (_, misbehaviour) => {
    hub.misbehave.set('onnx/weights.onnx', [misbehaviour])
    expect(await pull()).toMatchObject({exitCode: 0})
    expect(await installed('onnx/weights.onnx')).toEqual(WEIGHTS)
  })

  test.each([
    ['a file that is not there', {status: 404}, 'MODEL_MISSING', 'is not there (404)'],
    ['terms to agree to', {status: 403}, 'MODEL_MISSING', 'agreed to its terms'],
    ['a longer file', {bytes: randomBytes(400_000)}, 'MODEL_INVALID', 'longer than the 300000 bytes'],
  ])('ends at %s, with nothing installed', async (_, misbehaviour, code, words) => {
    hub.misbehave.set('onnx/weights.onnx', [misbehaviour])
    const error = await fail()
    expect(error).toMatchObject({code, exitCode: 4})
    expect(error.message).toContain(words)
    expect(error.hint).toBeDefined()
    expect(await models()).toEqual([])
  })

  test('ends where the bytes are never right, and keeps none of them', async () => {
    hub.misbehave.set('onnx/weights.onnx', [{bytes: randomBytes(300_000)}, {bytes: randomBytes(300_000)}])
    expect(await fail()).toMatchObject({code: 'MODEL_INVALID', message: expect.stringContaining('another checksum') as string})
    expect(await models()).toEqual([])
    expect(await readdir(join(box.dataDir, 'models/.staging/tiny/onnx'))).toEqual([])
  })

  test('asks the server for checksums that the catalogue does not know', async () => {
    await offer({unverified: 'never checked'}, filesOf(null, null))
    hub.misbehave.set('onnx/weights.onnx', [{bytes: randomBytes(300_000)}])
    const {exitCode, stdout} = await pull()
    expect(exitCode).toBe(0)
    expect(stdout).toContain('unverified: never checked')
    expect(await installed('onnx/weights.onnx')).toEqual(WEIGHTS)
    expect(JSON.parse(String(await installed('model.json')))).toMatchObject({files: filesOf(WEIGHTS.length, sha256(WEIGHTS))})
  })

  test('says what is wrong where no server answers', async () => {
    const {error} = await box.json<ErrorJson>(['models', 'pull', 'tiny'], {env: {HF_ENDPOINT: 'http://127.0.0.1:9'}})
    expect(error).toMatchObject({code: 'DOWNLOAD_FAILED', exitCode: 4, hint: expect.stringContaining('HTTPS_PROXY') as string})
  })

  test('goes through a proxy', async () => {
    const through = {HF_ENDPOINT: 'http://hub.invalid', HTTP_PROXY: hub.url, NO_PROXY: ''}
    expect(await box.run(['models', 'pull', 'tiny'], {env: through})).toMatchObject({exitCode: 0})
    expect(await installed('onnx/weights.onnx')).toEqual(WEIGHTS)
    expect(hub.connects).toContain('hub.invalid:80')
  })

  test('goes through HTTPS_PROXY where the address is encrypted, and not to what NO_PROXY names', async () => {
    const through = {HF_ENDPOINT: 'https://hub.invalid', HTTPS_PROXY: hub.url, NO_PROXY: ''}
    expect((await box.run(['models', 'pull', 'tiny'], {env: through})).exitCode).toBe(4)
    expect(hub.connects).toContain('hub.invalid:443')
    hub.connects.length = 0
    const around = {HF_ENDPOINT: hub.url, HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1'}
    expect((await box.run(['models', 'pull', 'tiny'], {env: around})).exitCode).toBe(0)
  })

  test('that was interrupted is told by `models list`, and taken away by `models remove`', async () => {
    const part = join(box.dataDir, 'models/.staging/tiny/onnx/weights.onnx.part')
    await mkdir(join(part, '..'), {recursive: true})
    await writeFile(part, WEIGHTS.subarray(0, 200_000))
    expect((await box.call(['models', 'list'])).stdout).toMatch(/^tiny +begun .*[^]*^tiny: 200 kB have come; models pull tiny/m)
    expect(await box.json(['models', 'remove', 'tiny', '--yes'])).toMatchObject({removed: true, removal: {sizeBytes: 200_000}})
    expect(await readdir(join(box.dataDir, 'models/.staging'))).toEqual([])
    expect((await box.json<ErrorJson>(['models', 'remove', 'tiny', '--yes'])).error).toMatchObject({code: 'MODEL_MISSING'})
  })

  test.each([
    ['pull', 'starter'],
    ['remove', 'silero-vad'],
  ])('says that there is nothing to %s of %s', async (verb, name) => {
    expect((await box.json<ErrorJson>(['models', verb, name])).error).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('comes with the install') as string,
    })
  })

  test('brings three at once, each told how far it is, and those that cannot be had keep the others from nothing', async () => {
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) {
      await offer({name}, [{path: `${name}.onnx`, sizeBytes: WEIGHTS.length, sha256: sha256(WEIGHTS)}])
      if (name !== 'b') hub.files.set(`${name}.onnx`, WEIGHTS)
    }
    const asked = (): string[] => names.filter(name => hub.requests.some(line => line.includes(`${name}.onnx`)))
    // No file is given before three were asked for.
    const atOnce = until('three at once', () => (asked().length >= 3 ? asked() : undefined))
    const once = atOnce.then(
      () => undefined,
      () => undefined,
    )
    for (const name of names) hub.misbehave.set(`${name}.onnx`, [{once}])
    const {exitCode, stdout, stderr} = await box.run(['models', 'pull', ...names, 'nobody', 'starter', '--json'], {env: env()})
    expect(await atOnce).toEqual(['a', 'b', 'c'])
    expect(exitCode).toBe(3)
    const {models: brought, failures} = JSON.parse(stdout) as {models: {manifest: {name: string}}[]; failures: object[]}
    expect(brought.map(({manifest}) => manifest.name)).toEqual(['a', 'c', 'd'])
    expect(failures).toMatchObject([
      {model: 'b', code: 'MODEL_MISSING', message: expect.stringContaining('b.onnx is not there (404)') as string},
      {model: 'nobody', code: 'MODEL_MISSING'},
      {model: 'starter', code: 'USAGE'},
    ])
    for (const name of names) expect(stderr).toContain(`${name}: 300 kB, from`)
    expect(await models()).toEqual(['a', 'c', 'd'])
  })

  test('leaves what has come of each when it is interrupted, and goes on there', async () => {
    for (const name of ['a', 'b']) {
      await offer({name}, [{path: `${name}.onnx`, sizeBytes: WEIGHTS.length, sha256: sha256(WEIGHTS)}])
      hub.files.set(`${name}.onnx`, WEIGHTS)
      hub.misbehave.set(`${name}.onnx`, [{stallAfter: 100_000}])
    }
    const child = execa('node', [BIN, 'models', 'pull', 'a', 'b'], {env: {...box.environment, ...env()}, reject: false})
    const part = (name: string): string => join(box.dataDir, 'models/.staging', name, `${name}.onnx.part`)
    for (const name of ['a', 'b']) {
      await until(`a part of ${name}`, async () => {
        const found = await stat(part(name)).catch(() => null)
        return found?.size === 100_000 ? found : undefined
      })
    }
    child.kill('SIGINT')
    expect((await child).exitCode).toBe(130)
    hub.requests.length = 0
    expect((await box.run(['models', 'pull', 'a', 'b'], {env: env()})).exitCode).toBe(0)
    expect(hub.requests.filter(line => line.startsWith('GET')).map(line => line.split(' ').at(-1))).toEqual([
      'bytes=100000-',
      'bytes=100000-',
    ])
  })

  test('brings two models side by side by two processes', async () => {
    await offer({name: 'other'})
    const runs = await Promise.all(['tiny', 'other'].map(name => box.run(['models', 'pull', name], {env: env()})))
    expect(runs.map(({exitCode}) => exitCode)).toEqual([0, 0])
    expect(await models()).toEqual(['other', 'tiny'])
  })

  test('asks nothing with --offline, and takes what is here', async () => {
    const {error} = await box.json<ErrorJson>(['models', 'pull', 'tiny', '--offline'], {env: env()})
    expect(error).toMatchObject({
      code: 'MODEL_MISSING',
      exitCode: 4,
      hint: expect.stringContaining('without --offline') as string,
    })
    expect(hub.requests).toEqual([])
    const {stdout, stderr} = await pull('--quiet')
    expect([stdout, stderr]).toEqual([expect.stringContaining('tiny'), ''])
    hub.requests.length = 0
    expect((await pull('--offline')).exitCode).toBe(0)
    expect(hub.requests).toEqual([])
  })

  test('mends an installed model, asking for what is broken alone', async () => {
    await pull()
    const path = join(box.dataDir, 'models/tiny/onnx/weights.onnx')
    await writeFile(path, Buffer.concat([WEIGHTS.subarray(0, -1), Buffer.from([WEIGHTS.at(-1) === 0 ? 1 : 0])]))
    const verdict = await box.run(['models', 'verify'])
    expect(verdict).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('onnx/weights.onnx: its bytes are not') as string,
    })
    hub.requests.length = 0
    await pull()
    expect(hub.requests.map(line => line.split('/').at(-1))).toEqual(['weights.onnx'])
    expect(await box.run(['models', 'verify', 'tiny'])).toMatchObject({exitCode: 0, stdout: 'tiny: as it was installed\n'})
  })

  test('lets one process at a time at a model, and a dead one holds nobody up', async () => {
    const locks = join(box.dataDir, 'models/.locks')
    await mkdir(locks, {recursive: true})
    await writeFile(join(locks, 'tiny'), `${hostname()}:${process.pid}:x`)
    expect(await fail()).toMatchObject({code: 'MODEL_BUSY', exitCode: 5})
    await writeFile(join(locks, 'tiny'), `${hostname()}:999999999:x`)
    expect((await pull()).exitCode).toBe(0)
    expect(await readdir(locks)).toEqual([])
  })

  test('sees that a model does not fit on the disk before it asks for it', async () => {
    await offer({}, filesOf(1e15, sha256(WEIGHTS)))
    expect(await fail()).toMatchObject({code: 'DISK_FULL', exitCode: 5})
    expect(gets()).toEqual([])
  })

  test('counts what models that come at the same time still need', async () => {
    const {bavail, bsize} = await statfs(box.root)
    const sizeBytes = Math.round(bavail * bsize * 0.6)
    for (const name of ['a', 'b']) await offer({name}, [{path: `${name}.onnx`, sizeBytes, sha256: sha256(WEIGHTS)}])
    // Whichever looks for room first waits for its file until the other one has looked, too.
    const seconds = new Promise<void>(resolve => setTimeout(resolve, 3000))
    for (const name of ['a', 'b']) hub.misbehave.set(`${name}.onnx`, [{once: seconds}])
    const {failures} = await box.json<{failures: {model: string; code: string}[]}>(['models', 'pull', 'a', 'b'], {env: env()})
    expect(failures.map(({model}) => model)).toEqual(['a', 'b'])
    expect(failures.map(({code}) => code).sort()).toEqual(['DISK_FULL', 'MODEL_MISSING'])
  })

  test('refuses paths that lead out of the folder of models', async () => {
    await offer({}, [{path: '../../outside', sizeBytes: 1, sha256: null}])
    expect(await fail()).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('stays in the folder') as string,
    })
  })

  test('says which models there are where the name is none', async () => {
    const {error} = await box.json<ErrorJson>(['models', 'pull', 'clup'], {env: env()})
    expect(error).toMatchObject({code: 'MODEL_MISSING', hint: 'mediaforge models list'})
    expect((await box.json<ErrorJson>(['models', 'remove', '../x', '--yes'])).error).toMatchObject({code: 'USAGE'})
  })
})

describe('models list', () => {
  test('tells what can be pulled, how large it is, and what could not be checked', async () => {
    const {models} = await box.json<ListJson>(['models', 'list'])
    expect(models.map(({name}) => name)).toEqual(
      expect.arrayContaining([
        'clip',
        'clip-datacomp',
        'siglip',
        'siglip2',
        'clip-multilingual',
        'bge-small-en',
        'minilm',
        'yamnet',
      ]),
    )
    for (const model of models.filter(({name}) => name !== 'tiny')) expect(model.unverified).toBeDefined()
    const {stdout} = await box.call(['models', 'list'])
    expect(stdout).toMatch(/^clip +dual-encoder .*MIT .*\(unverified\)$/m)
    for (const name of ['starter', 'silero-vad'])
      expect(stdout).toMatch(new RegExp(`^${name} +in use .*comes with the install$`, 'm'))
  })
})
