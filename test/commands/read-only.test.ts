import {chmod, mkdir, readdir, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import Database from 'better-sqlite3'
import {execa} from 'execa'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {MIGRATIONS} from '../../dist/library/sqlite/schema.js'
import type {ErrorJson} from '../support/reports.js'
import {BIN, openSandbox, type Run, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

const NOBODY = 65534
const isRoot = process.getuid?.() === 0

/** Who may read and not write: another user, for whom permissions hold, or everybody where the disk is mounted so. */
type Reader = (args: string[]) => Promise<Run>

let box: Sandbox
let environment: Record<string, string>
beforeAll(async () => {
  box = await openSandbox({model: 'colours'})
  for (let i = 0; i < 3; i++) await drawPicture(join(box.media, `${i}.jpg`), i)
  await box.json(['scan', box.media])
  await box.json(['tag', 'add', picture(), 'grandmother'])
  environment = {...box.environment, HOME: box.root, TMPDIR: join(box.root, 'tmp')}
  await mkdir(join(box.root, 'tmp'), {mode: 0o777})
  await chmod(join(box.root, 'tmp'), 0o777)
  await chmod(box.root, 0o755)
})
afterAll(() => box[Symbol.asyncDispose]())

const library = (): string => join(box.dataDir, 'library.db')
const picture = (): string => join(box.media, '1.jpg')
const asNobody: Reader = args => box.run(args, {env: environment, uid: NOBODY})
const onReadOnlyDisk: Reader = async args => {
  const mount = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"`
  const {exitCode, stdout, stderr} = await execa('unshare', ['-rm', 'sh', '-c', mount, box.dataDir, 'node', BIN, ...args], {
    env: environment,
    reject: false,
    stripFinalNewline: false,
  })
  return {exitCode: exitCode ?? -1, stdout, stderr}
}
const canMount = (await execa('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], {reject: false})).exitCode === 0

const READING = [
  ['search', 'grandmother', '--json'],
  ['show', '1.jpg', '--json'],
  ['stats', '--json'],
]
const WRITING = [['scan', '.'], ['work'], ['tag', 'add', '1.jpg', 'beach']]

describe.each([
  ['whose folder and file may only be read', asNobody, isRoot],
  ['on a disk that is mounted to be read only', onReadOnlyDisk, canMount],
])('a library %s', (_, reader, isPossible) => {
  const inMedia = (args: string[]): string[] =>
    args.map(arg => (arg === '.' ? box.media : arg.endsWith('.jpg') ? picture() : arg))
  beforeAll(async () => {
    if (reader !== asNobody) return
    await chmod(library(), 0o444)
    await chmod(box.dataDir, 0o555)
  })
  afterAll(async () => {
    await chmod(box.dataDir, 0o755)
    await chmod(library(), 0o644)
  })

  test.runIf(isPossible)('answers as ever', async () => {
    for (const words of READING) {
      const expected = await box.run(inMedia(words))
      expect(expected.exitCode).toBe(0)
      expect({words, ...(await reader(inMedia(words)))}).toEqual({words, ...expected})
    }
  })

  test.runIf(isPossible)('is named by what would write to it, with what to do, and is left as it is', async () => {
    const before = await readFile(library())
    for (const words of WRITING) {
      const {exitCode, stdout} = await reader([...inMedia(words), '--json'])
      const {error} = JSON.parse(stdout.slice(stdout.lastIndexOf('{\n  "error"'))) as ErrorJson
      expect({words, exitCode, error}).toEqual({
        words,
        exitCode: 5,
        error: {
          code: 'LIBRARY_READ_ONLY',
          message: `the library ${library()} cannot be opened for writing`,
          hint: 'make it and its folder writable, or name another library with --data-dir',
          exitCode: 5,
        },
      })
    }
    expect(await readFile(library())).toEqual(before)
    expect(await readdir(box.dataDir)).toEqual(['library.db'])
    expect(await readdir(environment.TMPDIR as string)).toEqual([])
  })

  test.runIf(isPossible)('can be backed up', async () => {
    const file = join(environment.TMPDIR as string, 'backup.db')
    expect(await reader(['backup', file])).toMatchObject({exitCode: 0, stderr: ''})
    const copy = new Database(file, {readonly: true})
    expect(copy.prepare("SELECT count(*) FROM tag WHERE name = 'grandmother'").pluck().get()).toBe(1)
    copy.close()
    await rm(file)
  })

  test.runIf(isPossible)('is read as it is while its owner works with it', async () => {
    const owner = new Database(library())
    await chmod(`${library()}-wal`, 0o644).catch(() => undefined)
    owner.exec("INSERT INTO tag (name) VALUES ('a moment ago')")
    try {
      const known = owner.prepare<[], string>("SELECT name FROM tag WHERE name = 'a moment ago'").pluck()
      expect(known.all()).toHaveLength(1)
      owner.exec(
        `INSERT INTO content_tag SELECT min(content.id), tag.id, 'manual', 1, NULL FROM content, tag WHERE tag.name = 'a moment ago'`,
      )
      const {stdout} = await reader(['search', '--lexical', '--json', '--tag', 'a moment ago', 'jpg'])
      expect((JSON.parse(stdout) as {hits: object[]}).hits).toHaveLength(1)
    } finally {
      owner.exec("DELETE FROM content_tag WHERE tag_id = (SELECT id FROM tag WHERE name = 'a moment ago')")
      owner.exec("DELETE FROM tag WHERE name = 'a moment ago'")
      owner.close()
    }
  })
})

test.runIf(isRoot)('a library of an earlier version that may only be read is read', async () => {
  const dataDir = join(box.root, 'earlier')
  await mkdir(dataDir)
  const db = new Database(join(dataDir, 'library.db'))
  db.exec(`PRAGMA journal_mode = WAL; ${MIGRATIONS[0]}; PRAGMA user_version = 1; INSERT INTO root VALUES (1, '/photos', '2024')`)
  db.close()
  await chmod(dataDir, 0o555)
  const {stdout} = await box.run(['stats', '--json'], {env: {...environment, MEDIAFORGE_DATA_DIR: dataDir}, uid: NOBODY})
  expect(JSON.parse(stdout)).toMatchObject({roots: 1})
  expect(await readdir(dataDir)).toEqual(['library.db'])
})
