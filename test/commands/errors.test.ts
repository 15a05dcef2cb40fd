import {copyFile, mkdir, readFile, rm, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import Database from 'better-sqlite3'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Hit} from '../../dist/domain/search.js'
import type {DrainReport} from '../../dist/services/worker.js'
import {describeWithFixtures} from '../support/fixtures.js'
import {openSandbox, type Run, type Sandbox} from '../support/sandbox.js'

interface Failed {
  error: {code: string; message: string; hint?: string; exitCode: number}
}

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox[Symbol.asyncDispose]())

/** Calls a command that must fail, for people and for scripts, and gives what both are told. */
async function fail(args: string[], env: Record<string, string> = {}): Promise<Failed['error']> {
  return told(await sandbox.call(args, {env}), args, env)
}

/** The same of a process, with which it is as a person has it. */
async function failProcess(args: string[], env: Record<string, string> = {}): Promise<Failed['error']> {
  return told(await sandbox.run(args, {env}), args, env)
}

async function told(text: Run, args: string[], env: Record<string, string>): Promise<Failed['error']> {
  const json = await sandbox.call([...args, '--json'], {env})
  const {error} = JSON.parse(json.stdout) as Failed
  expect(Object.keys(error).filter(key => !['code', 'message', 'hint', 'exitCode'].includes(key))).toEqual([])
  expect(json.stderr).toBe('')
  expect(error.message).toMatch(/^[^\n]+$/)
  expect([text.exitCode, json.exitCode]).toEqual([error.exitCode, error.exitCode])
  expect(text.stdout).toBe('')
  expect(text.stderr).toBe(`mediaforge: ${error.message}\n${error.hint === undefined ? '' : `  try: ${error.hint}\n`}`)
  return error
}

describe('a wrong command line', () => {
  test.each([
    [['scan', '--nonsense'], 'nonexistent flag: --nonsense', 'mediaforge scan --help'],
    [['scan'], 'missing 1 required arg: path: folder or file; several may be given', 'mediaforge scan --help'],
    [['search'], 'missing 1 required arg: query: what to look for', 'mediaforge search --help'],
    [['show'], 'missing 1 required arg: file: a file in the library', 'mediaforge show --help'],
    [['work', '--quiet', 'more'], 'unexpected argument: more', 'mediaforge work --help'],
    [['stats', 'more'], "there is no command 'stats more'", 'mediaforge stats --help'],
    [['serch', 'a dog: in the snow', 'today'], "there is no command 'serch'", 'mediaforge search --help'],
    [['scn'], "there is no command 'scn'", 'mediaforge scan --help'],
    [['tag', 'shwo'], "there is no command 'tag shwo'", 'mediaforge tag show --help'],
    [['jobs', 'nonsense'], "there is no command 'jobs nonsense'", 'mediaforge jobs --help'],
    [['frobnicate', 'x', 'y'], "there is no command 'frobnicate'", 'mediaforge --help'],
    [['jobs', 'retry', 'abc'], "'abc' is no job number", 'mediaforge jobs list --failed'],
    [
      ['jobs', 'list', '--kind', 'nap'],
      'expected --kind=nap to be one of: inspect, frames, embed, tag, listen, transcribe, describe',
      'mediaforge jobs list --help',
    ],
  ])('%j: %s; %s', async (args, message, hint) => {
    expect(await failProcess(args)).toEqual({code: 'USAGE', message, hint, exitCode: 2})
  })

  test('a folder that is not there', async () => {
    const nowhere = join(sandbox.root, 'nowhere')
    const error = await failProcess(['scan', nowhere])
    expect(error).toMatchObject({code: 'USAGE', message: `cannot scan ${nowhere}: nothing is there`, exitCode: 2})
    expect(error.hint).toContain('check the path')
  })

  test('a file that was never scanned, with quotes in its name', async () => {
    const path = join(sandbox.root, "it's.jpg")
    expect(await failProcess(['show', path])).toEqual({
      code: 'NOT_IN_LIBRARY',
      message: `${path} is not in the library`,
      hint: `mediaforge scan '${path.replace("'", "'\\''")}'`,
      exitCode: 2,
    })
    expect(await fail(['tag', 'add', path, 'beach'])).toMatchObject({code: 'NOT_IN_LIBRARY'})
  })
})

describe('search flags that make no sense', () => {
  test.each([
    ['--after', 'yesterday', "'yesterday' is no date"],
    ['--after', '2019-02-30', "'2019-02-30' is no date"],
    ['--after', '', "'' is no date"],
    ['--before', '2019-13', "'2019-13' is no date"],
    ['--before', '19', "'19' is no date"],
    ['--min-size', 'huge', "'huge' is no size"],
    ['--min-size', '-5', "'-5' is no size"],
    ['--max-size', '5 bananas', "'5 bananas' is no size"],
    ['--min-duration', 'soon', "'soon' is no duration"],
    ['--max-duration', '1:75:00:3', "'1:75:00:3' is no duration"],
    ['--tag', '', "'' is no tag"],
    ['--not-tag', ' ', "' ' is no tag"],
    ['--limit', '0', 'parsing --limit: Expected an integer greater than or equal to 1 but received: 0'],
    ['--limit', 'many', 'parsing --limit: Expected an integer but received: many'],
    ['--type', 'dog', 'expected --type=dog to be one of: photo, video, audio'],
  ])('%s %j: %s', async (flag, value, message) => {
    expect(await fail(['search', 'dog', flag, value])).toMatchObject({code: 'USAGE', message, exitCode: 2})
  })

  test('flags that exclude each other', async () => {
    const {message} = await failProcess(['search', 'dog', '--semantic', '--lexical'])
    expect(message).toContain('--lexical=true cannot also be provided when using --semantic')
    expect(await fail(['search', 'dog', '--after', '2020', '--before', '2019'])).toMatchObject({
      message: 'nothing is both after 2020-01-01 and before 2019-01-01',
    })
  })
})

describe('a library that must not be touched', () => {
  const path = (): string => join(sandbox.dataDir, 'library.db')
  beforeAll(() => sandbox.json(['stats']))
  afterAll(() => rm(sandbox.dataDir, {recursive: true, force: true}))

  test('made by a newer version', async () => {
    const db = new Database(path())
    const version = Number(db.pragma('user_version', {simple: true}))
    db.pragma('user_version = 999')
    db.close()
    const expected = {
      code: 'LIBRARY_TOO_NEW',
      message: `the library ${path()} was made by a newer mediaforge (version 999, this one knows ${version})`,
      hint: 'update mediaforge, or name another library with --data-dir',
      exitCode: 5,
    }
    expect(await fail(['stats'])).toEqual(expected)
    expect(await failProcess(['scan', sandbox.media])).toEqual(expected)
    expect(await fail(['search', 'dog'])).toEqual(expected)
  })

  test.each([
    ['no database at all', () => writeFile(path(), 'no database '.repeat(1000)), 'file is not a database'],
    ['cut off', () => truncate(path(), 10_000), 'malformed'],
  ])('%s', async (_, damage, words) => {
    await rm(sandbox.dataDir, {recursive: true})
    await sandbox.json(['stats'])
    await damage()
    const before = await readFile(path())
    const error = await failProcess(['scan', sandbox.media])
    expect(error).toMatchObject({code: 'LIBRARY_CORRUPT', exitCode: 5, hint: expect.stringContaining(`mv '${path()}'`) as string})
    expect(error.message).toContain(`the library ${path()} is damaged`)
    expect(error.message).toContain(words)
    expect(await readFile(path())).toEqual(before)
    const {stdout, exitCode} = await sandbox.run(['doctor'])
    expect(exitCode).toBe(3)
    expect(stdout).toMatch(/✗ +library/)
  })

  test('in a folder that is a file', async () => {
    const dataDir = join(sandbox.root, 'occupied')
    await writeFile(dataDir, '')
    expect(await failProcess(['stats'], {MEDIAFORGE_DATA_DIR: dataDir})).toEqual({
      code: 'LIBRARY_READ_ONLY',
      message: `the library ${join(dataDir, 'library.db')} cannot be opened for writing`,
      hint: 'make it and its folder writable, or name another library with --data-dir',
      exitCode: 5,
    })
  })
})

describe('settings that make no sense', () => {
  const config = (): string => join(sandbox.root, 'config/config.json')
  const hint =
    'settings are dataDir, cacheDir, ffmpeg, ffprobe, model, modelsDir, threads, hubUrl, offline, vectorIndex, ' +
    'keyframesPerHour, hardwareDecoding'
  beforeAll(() => mkdir(join(sandbox.root, 'config'), {recursive: true}))
  afterAll(() => rm(join(sandbox.root, 'config'), {recursive: true}))

  test.each([
    ['{"colour": "red"}', 'colour is no setting'],
    ['{"dataDir": 5}', 'dataDir: invalid type: expected string but received 5'],
    ['{"model": 5}', 'model: invalid type: expected string but received 5'],
    ['{"threads": 0}', 'threads: invalid value: expected >=1 but received 0'],
    ['null', 'invalid type: expected object but received null'],
    ['[]', 'a list is no object'],
  ])('%s: %s', async (text, complaint) => {
    await writeFile(config(), text)
    expect(await fail(['stats'])).toEqual({
      code: 'CONFIG_INVALID',
      message: `${config()}: ${complaint}`,
      hint,
      exitCode: 2,
    })
  })

  test('that were there once are told as such, wherever they stand', async () => {
    await writeFile(config(), '{"captionModel": "florence-2"}')
    const former = {code: 'CONFIG_INVALID', hint: expect.stringContaining('models use') as string, exitCode: 2}
    expect(await failProcess(['stats'])).toMatchObject({...former, message: `${config()}: captionModel is no setting any more`})
    await rm(config())
    expect(await fail(['stats'], {MEDIAFORGE_SOUND_MODEL: '/models/yamnet'})).toMatchObject({
      ...former,
      message: 'the environment: MEDIAFORGE_SOUND_MODEL is no setting any more',
    })
  })

  test.each(['{', '', '{"dataDir": }'])('%j is no JSON', async text => {
    await writeFile(config(), text)
    const error = await failProcess(['scan', sandbox.media])
    expect(error).toMatchObject({code: 'CONFIG_INVALID', exitCode: 2})
    expect(error.message).toContain(`${config()} is no valid JSON`)
    expect(error.hint).toContain('{"dataDir"')
  })

  test('in the environment', async () => {
    await rm(config(), {force: true})
    expect(await failProcess(['stats'], {MEDIAFORGE_VECTOR_INDEX: 'tree'})).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'the environment: vectorIndex: invalid type: expected ("auto" | "flat" | "hnsw") but received "tree"',
    })
  })
})

describeWithFixtures('an ffmpeg that is not there', fixtures => {
  test('stops a scan that needs it, and the next one goes on', async () => {
    await using machine = await openSandbox({model: 'colours'})
    await copyFile(join(fixtures, 'media/videos/fades.mp4'), join(machine.media, 'fades.mp4'))
    const env = {MEDIAFORGE_FFMPEG: join(machine.root, 'no-ffmpeg')}
    const text = await machine.run(['scan', machine.media, '--quiet'], {env})
    expect(text.exitCode).toBe(4)
    expect(text.stderr).toBe(
      `mediaforge: the configured ffmpeg ${env.MEDIAFORGE_FFMPEG} is not there or cannot be run\n` +
        '  try: set MEDIAFORGE_FFMPEG to its path, or unset it to let mediaforge look for one\n',
    )
    const json = await machine.run(['work', '--quiet', '--json'], {env})
    expect((JSON.parse(json.stdout) as Failed).error).toMatchObject({code: 'FFMPEG_MISSING', exitCode: 4})
    expect((await machine.call(['doctor'], {env})).stdout).toMatch(/✗ +ffmpeg .*no-ffmpeg is not there/)
    expect(await machine.json(['jobs', 'list', '--failed'])).toEqual({jobs: []})

    const {work} = await machine.json<{work: DrainReport}>(['scan', machine.media])
    expect(work).toMatchObject({done: {inspect: 1, frames: 1, embed: 1, tag: 1}, failures: []})
  })

  test('does not keep pictures from being scanned', async () => {
    await using machine = await openSandbox({model: 'colours'})
    await copyFile(join(fixtures, 'media/labelled-photos/000000000139.jpg'), join(machine.media, 'a.jpg'))
    const run = await machine.run(['scan', machine.media, '--quiet', '--json'], {env: {MEDIAFORGE_FFMPEG: '/nowhere/ffmpeg'}})
    expect(run.exitCode).toBe(0)
    expect((JSON.parse(run.stdout) as {work: DrainReport}).work.done).toMatchObject({inspect: 1, embed: 1, tag: 1})
  })
})

describeWithFixtures('a query full of operators', fixtures => {
  let library: Sandbox
  beforeAll(async () => {
    library = await openSandbox()
    await copyFile(join(fixtures, 'media/labelled-photos/000000000139.jpg'), join(library.media, 'dog at the beach.jpg'))
    await library.json(['scan', library.media])
  })
  afterAll(() => library[Symbol.asyncDispose]())

  async function names(query: string, ...flags: string[]): Promise<string[]> {
    const {hits} = await library.json<{hits: Hit[]}>(['search', ...flags, '--', query].filter(word => word !== ''))
    return hits.map(hit => hit.path.slice(library.media.length + 1))
  }
  const words = (run: Run): string => `${run.exitCode} ${run.stderr}`

  test.each(['^dog', 'dog*', '"dog', 'NOT dog', 'dog AND', 'NEAR(dog beach, 5)', '{name}:dog OR dog', 'dog + beach', "dog'; --"])(
    'finds with %s what the words say',
    async query => {
      expect(await names(query, '--json', '--lexical')).toEqual(['dog at the beach.jpg'])
    },
  )

  test.each(['NEAR(', 'AND', 'name:', 'cat:*', 'dog -beach', '"dog -beach'])(
    '%s finds nothing, which is no error',
    async query => {
      expect(await names(query, '--json', '--lexical')).toEqual([])
    },
  )

  test.each(['"', '*', '-', ':', '()', '^', '-dog', "'"])('%s holds no word', async query => {
    const run = await library.run(['search', '--', query])
    expect(words(run)).toBe('2 mediaforge: the query holds no word to search for\n  try: mediaforge search "a dog in the snow"\n')
  })

  test('means the same by meaning', async () => {
    for (const query of ['NEAR(', 'dog AND "', 'a:b*']) {
      expect((await library.run(['search', '--semantic', '--', query])).exitCode).toBe(0)
    }
  })
})
