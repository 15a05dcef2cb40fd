import {chmod, chown, copyFile, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile} from 'node:fs/promises'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {basename, join} from 'node:path'
import {crc32, deflateSync} from 'node:zlib'
import {execa} from 'execa'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {findFfmpeg} from '../../dist/adapters/ffmpeg/find.js'
import type {JobView} from '../../dist/domain/jobs.js'
import type {LibraryStats} from '../../dist/domain/ports/library.js'
import type {FileView} from '../../dist/services/files.js'
import type {ScanReport} from '../../dist/services/scan.js'
import type {DrainReport} from '../../dist/services/worker.js'
import {describeWithFixtures} from '../support/fixtures.js'
import {openSandbox, type Run, type Sandbox} from '../support/sandbox.js'

interface Scanned {
  roots: ScanReport[]
  work: DrainReport | null
}

interface Reason {
  path: string | null
  code: string
  message: string
}

/** What a report may say of a file. Anything else, `INTERNAL` above all, is a failure of the program. */
const FILE_CODES = [
  'FILE_BROKEN',
  'FILE_EMPTY',
  'FILE_NAME_INVALID',
  'FILE_TIMEOUT',
  'FILE_TOO_LARGE',
  'FILE_UNREADABLE',
  'FILE_UNRECOGNISED',
]

const NOBODY = 65534

function reasonsOf({roots, work}: Scanned): Reason[] {
  return [...roots.flatMap(root => root.problems), ...(work?.failures ?? [])].map(({path, code, message}) => ({
    path,
    code,
    message,
  }))
}

async function failedJobs(sandbox: Sandbox): Promise<JobView[]> {
  return (await sandbox.json<{jobs: JobView[]}>(['jobs', 'list', '--failed'])).jobs
}

function document<Result>({stdout}: Run): Result {
  return JSON.parse(stdout) as Result
}

function byPath(a: Reason, b: Reason): number {
  return String(a.path) < String(b.path) ? -1 : 1
}

describeWithFixtures('a scan of everything that is broken', fixtures => {
  const folders = ['broken', 'formats', 'exif', 'audio-tags'].map(name => join(fixtures, 'media', name))
  let sandbox: Sandbox
  let first: Run
  let report: Scanned
  let before: string

  /** Names and checksums of all files and folders. */
  const allOf = async (): Promise<string> =>
    (await execa('sh', ['-c', 'find "$@" -type f -exec cksum {} + | sort; find "$@" | sort', 'sh', ...folders])).stdout

  beforeAll(async () => {
    before = await allOf()
    sandbox = await openSandbox({model: 'colours'})
    // Reasons are in the words of the ffmpeg that comes with the install, not of whichever the machine has.
    const {ffmpeg, ffprobe} = await findFfmpeg({ffmpegPath: undefined, ffprobePath: undefined, path: ''})
    const env = {MEDIAFORGE_FFMPEG: ffmpeg.path, MEDIAFORGE_FFPROBE: ffprobe.path}
    first = await sandbox.run(['scan', ...folders, '--json', '--quiet'], {env})
    report = document(first)
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  test('comes to its end with 3 and says nothing but its report', () => {
    expect(first.exitCode).toBe(3)
    expect(first.stderr).toBe('')
    expect(report.roots.map(root => [basename(root.path), root.state])).toEqual(
      folders.map(folder => [basename(folder), 'scanned']),
    )
  })

  test('writes to none of the files, and puts nothing beside them', async () => {
    expect(before).toContain('04 Long Drive.flac')
    expect(await allOf()).toBe(before)
  })

  test('gives every bad file a reason in one line, and takes none for a bug of its own', () => {
    const reasons = reasonsOf(report)
    expect(reasons.length).toBeGreaterThan(100)
    for (const {path, code, message} of reasons) {
      expect(path).toMatch(/^\/./)
      expect(FILE_CODES).toContain(code)
      expect(message).toMatch(/^[^\n]{5,200}$/)
      expect(message).not.toContain(fixtures)
    }
  })

  test.each([
    ['formats/Cacatus.ICO', 'FILE_UNRECOGNISED', 'the name says .ico'],
    ['audio-tags/too-short.mp3', 'FILE_BROKEN', 'invalid frame size'],
    ['audio-tags/106-short-picture-block-size.flac', 'FILE_BROKEN', 'attached picture metadata block too short'],
    ['broken/crash-038d1d90ccecda43900571e732bf7e1409dbf85e.fuzzed', 'FILE_BROKEN', 'neither pictures nor sound'],
  ])('says of %s: %s, %s', (name, code, words) => {
    const reason = reasonsOf(report).find(({path}) => path === join(fixtures, 'media', name))
    expect(reason?.code).toBe(code)
    expect(reason?.message.toLowerCase()).toContain(words.toLowerCase())
  })

  test('lists the same files with the same reasons as failed jobs', async () => {
    const listed = (await failedJobs(sandbox)).map(({path, errorCode, errorMessage}) => ({
      path,
      code: String(errorCode),
      message: String(errorMessage),
    }))
    expect(listed.sort(byPath)).toEqual(reasonsOf(report).sort(byPath))
  })

  test('keeps every other media file', async () => {
    const stats = await sandbox.json<LibraryStats>(['stats'])
    const failures = report.work?.failures.filter(failure => failure.kind === 'inspect') ?? []
    expect(stats.files.present).toBe((report.work?.done.inspect ?? 0) + failures.length)
    expect(report.work?.done.inspect).toBeGreaterThan(150)
    const good = await sandbox.json<FileView>(['show', join(fixtures, 'media/exif/jpg_gps_DSCN0012.jpg')])
    expect(good.content?.facts.location?.latitude).toBeCloseTo(43.467, 2)
  })

  test('changes nothing the second time, and tries no failed file again', async () => {
    const before = await failedJobs(sandbox)
    const second = await sandbox.run(['scan', ...folders, '--json', '--quiet'])
    expect(second.exitCode).toBe(0)
    const {roots, work} = document<Scanned>(second)
    for (const [i, root] of roots.entries()) {
      expect(root).toMatchObject({added: 0, changed: 0, missing: 0, problems: [], unchanged: report.roots[i]?.files})
    }
    expect(work).toMatchObject({done: {inspect: 0, frames: 0, embed: 0, tag: 0}, failures: []})
    expect(await failedJobs(sandbox)).toEqual(before)
  })
})

/** A PNG of a few bytes that says it is 50,000 pixels wide and high. */
function hugePng(): Buffer {
  const size = Buffer.alloc(13)
  size.writeUInt32BE(50_000, 0)
  size.writeUInt32BE(50_000, 4)
  size.set([8, 2], 8)
  const chunks = [chunk('IHDR', size), chunk('IDAT', deflateSync(Buffer.alloc(1000))), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const bytes = Buffer.alloc(body.length + 8)
  bytes.writeUInt32BE(data.length, 0)
  bytes.set(body, 4)
  bytes.writeUInt32BE(crc32(body), body.length + 4)
  return bytes
}

function playlist(target: string): string {
  return `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${target}\n#EXT-X-ENDLIST\n`
}

const GOOD_NAMES = [
  'line\nbreak.jpg',
  '"double" and \'single\'.jpg',
  '🏖️ beach.jpg',
  '-rf.jpg',
  '$(touch pwned).jpg',
  '\u001b[31mred.jpg',
]
const TEN_GB = 10_000_000_000

describeWithFixtures('a scan of a folder full of traps', fixtures => {
  const photo = join(fixtures, 'media/labelled-photos/000000000139.jpg')
  let sandbox: Sandbox
  let server: Server
  let found: Run
  let worked: Run
  let reasons: Reason[]
  let requests = 0
  const at = (...names: string[]): string => join(sandbox.media, ...names)

  beforeAll(async () => {
    sandbox = await openSandbox()
    server = createServer((_, response) => {
      requests++
      response.end()
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.ts`

    // Each file is other content, or they would be one.
    const bytes = await readFile(photo)
    for (const [i, name] of GOOD_NAMES.entries()) await writeFile(at(name), Buffer.concat([bytes, Buffer.of(i)]))
    await writeFile(Buffer.concat([Buffer.from(`${sandbox.media}/caf`), Buffer.of(0xe9), Buffer.from('.jpg')]), bytes)
    await writeFile(at('vanishes.jpg'), Buffer.concat([bytes, Buffer.of(99)]))
    await writeFile(at('zero.jpg'), '')
    await writeFile(at('zero.mp4'), '')
    await writeFile(at('zero.txt'), '')
    for (const name of ['sparse.jpg', 'sparse.mp4', 'headed.mp4']) {
      await writeFile(at(name), name.startsWith('headed') ? '\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41' : '')
      await truncate(at(name), TEN_GB)
    }
    await writeFile(at('huge.png'), hugePng())
    await mkdir(at('loop/deep'), {recursive: true})
    await symlink('..', at('loop/deep/up'))
    await symlink('self', at('loop/self'))
    await symlink('gone.jpg', at('loop/dangling.jpg'))
    await writeFile(at('loop/inside.jpg'), Buffer.concat([bytes, Buffer.of(100)]))
    await writeFile(at('network.mp4'), playlist(url))
    await writeFile(at('local.mp4'), playlist(`file://${photo}`))
    // Behind an empty ID3 tag it passes for sound by its first bytes.
    await writeFile(at('network.mp3'), `ID3\x03\0\0\0\0\0\0${playlist(url)}`)
    await writeFile(at('concat.mp4'), `ffconcat version 1.0\nfile '${join(fixtures, 'media/videos/counter.mp4')}'\n`)
    await writeFile(at('text.jpg'), 'this is no picture at all\n'.repeat(20))
    await writeFile(at('page.mp4'), '<!doctype html><html><body>404 not found</body></html>')
    await writeFile(at('half.jpg'), bytes.subarray(0, bytes.length / 2))

    found = await sandbox.run(['scan', sandbox.media, '--queue-only', '--json', '--quiet'])
    await rm(at('vanishes.jpg'))
    worked = await sandbox.run(['work', '--json', '--quiet'])
    reasons = [...reasonsOf({...document<Scanned>(found), work: null}), ...document<DrainReport>(worked).failures]
  })
  afterAll(async () => {
    server.close()
    await sandbox[Symbol.asyncDispose]()
  })

  test('ends both steps with 3 and one document', () => {
    expect([found.exitCode, worked.exitCode]).toEqual([3, 3])
    expect([found.stderr, worked.stderr]).toEqual(['', ''])
  })

  test.each([
    ['zero.jpg', 'FILE_EMPTY', 'the file is empty'],
    ['zero.mp4', 'FILE_EMPTY', 'the file is empty'],
    ['sparse.jpg', 'FILE_UNRECOGNISED', 'the name says .jpg, but the content is no jpeg'],
    ['sparse.mp4', 'FILE_UNRECOGNISED', 'the name says .mp4, but the content is no mp4'],
    ['headed.mp4', 'FILE_BROKEN', 'invalid data found'],
    ['huge.png', 'FILE_TOO_LARGE', 'more than 250 million pixels'],
    ['network.mp4', 'FILE_UNRECOGNISED', 'the name says .mp4'],
    ['local.mp4', 'FILE_UNRECOGNISED', 'the name says .mp4'],
    ['network.mp3', 'FILE_BROKEN', ''],
    ['concat.mp4', 'FILE_UNRECOGNISED', 'the name says .mp4'],
    ['text.jpg', 'FILE_UNRECOGNISED', 'the name says .jpg, but the content is no jpeg'],
    ['page.mp4', 'FILE_UNRECOGNISED', 'the name says .mp4'],
    ['half.jpg', 'FILE_BROKEN', 'premature end'],
    ['caf\uFFFD.jpg', 'FILE_NAME_INVALID', 'the name is not valid UTF-8; rename it'],
  ])('names %s: %s, %s', (name, code, words) => {
    const mine = reasons.filter(({path}) => path === at(name))
    expect(mine.map(reason => reason.code)).toEqual([code])
    expect(mine[0]?.message).toContain(words)
  })

  test('names no other file', () => {
    expect(reasons).toHaveLength(14)
  })

  test('asks nobody on the network for what a playlist names', () => {
    expect(requests).toBe(0)
  })

  test.each(GOOD_NAMES)('takes in %j under exactly that name', async name => {
    const view = await sandbox.json<FileView>(['show', at(name)])
    expect(view.location.path).toBe(at(name))
    expect(view.content?.facts).toMatchObject({width: 640, height: 426})
    expect(view.tags.map(tag => tag.name)).toContain('chair')
  })

  test('runs nothing that a name spells', async () => {
    expect(await readdir(sandbox.root)).not.toContain('pwned')
    expect(await readdir(sandbox.media)).not.toContain('pwned')
  })

  test('goes through a loop of links once', async () => {
    const {content} = await sandbox.json<FileView>(['show', at('loop/inside.jpg')])
    expect(content?.locations.map(location => location.path)).toEqual([at('loop/inside.jpg')])
  })

  test('takes a file that went away for missing, and for no failure', async () => {
    expect((await sandbox.json<FileView>(['show', at('vanishes.jpg')])).location.state).toBe('missing')
  })

  test('prints names for people on one line each, without commands for their terminal', async () => {
    const {stdout} = await sandbox.call(['search', '--paths', '--lexical', 'beach', 'line', 'red', '31mred'])
    expect(stdout).toContain('beach.jpg')
    const {stdout: table} = await sandbox.call(['search', '--lexical', 'break'])
    expect(table).toContain('line\\nbreak.jpg')
    const {stdout: shown} = await sandbox.call(['show', at('\u001b[31mred.jpg')])
    expect(shown).toContain('\\x1b[31mred.jpg')
    expect(shown).not.toContain('\u001b')
  })

  test('keeps what it found, and tells only the invalid name again', async () => {
    const again = await sandbox.run(['scan', sandbox.media, '--json', '--quiet'])
    expect(again.exitCode).toBe(3)
    expect(reasonsOf(document(again)).map(({path, code}) => [path, code])).toEqual([[at('caf\uFFFD.jpg'), 'FILE_NAME_INVALID']])
    expect(document<Scanned>(again).roots[0]).toMatchObject({added: 0, changed: 0})
  })
})

describeWithFixtures('files that go away and come back', fixtures => {
  const photo = join(fixtures, 'media/labelled-photos/000000000139.jpg')
  const video = join(fixtures, 'media/videos/fades.mp4')

  test('are looked at once they are back, though they are as they were', async () => {
    await using sandbox = await openSandbox({model: 'colours'})
    const drive = join(sandbox.root, 'drive')
    const unplugged = join(sandbox.root, 'unplugged')
    await mkdir(drive)
    await copyFile(photo, join(drive, 'a.jpg'))
    await sandbox.json(['scan', drive, '--queue-only'])
    await rename(drive, unplugged)
    expect((await sandbox.run(['scan', drive])).exitCode).toBe(3)
    await rename(unplugged, drive)
    const {roots, work} = await sandbox.json<Scanned>(['scan', drive])
    expect(roots[0]).toMatchObject({unchanged: 1})
    expect(work?.done).toMatchObject({inspect: 1, embed: 1, tag: 1})
  })

  test('go on from the stage that missed them', async () => {
    await using sandbox = await openSandbox({model: 'colours'})
    const path = join(sandbox.media, 'a.mp4')
    const away = join(sandbox.root, 'a.mp4')
    await copyFile(video, path)
    await sandbox.json(['scan', sandbox.media, '--queue-only'])
    await sandbox.json(['work', '--kind', 'inspect'])
    await rename(path, away)
    const missed = await sandbox.run(['work', '--json', '--quiet'])
    expect(missed.exitCode).toBe(3)
    // Listening comes upon it too, or no longer has a place to look.
    const {failures} = document<DrainReport>(missed)
    expect(failures).toContainEqual(expect.objectContaining({path, kind: 'frames', code: 'FILE_VANISHED'}))
    expect(failures.filter(({code}) => code !== 'FILE_VANISHED')).toEqual([])
    await sandbox.json(['scan', sandbox.media])
    await rename(away, path)
    const {work} = await sandbox.json<Scanned>(['scan', sandbox.media])
    expect(work?.done).toMatchObject({frames: 1, embed: 1, tag: 1})
  })

  test('are not found by what they were before they were overwritten', async () => {
    await using sandbox = await openSandbox({model: 'colours'})
    const path = join(sandbox.media, 'chair.jpg')
    const other = join(sandbox.media, 'table.jpg')
    await copyFile(photo, path)
    await writeFile(other, Buffer.concat([await readFile(photo), Buffer.of(1)]))
    await sandbox.json(['scan', sandbox.media])
    await writeFile(path, 'no picture any more')
    // A picture by its first bytes alone fails a step later.
    await writeFile(other, Buffer.concat([(await readFile(photo)).subarray(0, 1000)]))
    const {roots, work} = await sandbox.json<Scanned>(['scan', sandbox.media])
    expect(reasonsOf({roots, work})).toMatchObject([
      {path, code: 'FILE_UNRECOGNISED'},
      {path: other, code: 'FILE_BROKEN'},
    ])
    expect((await sandbox.json<FileView>(['show', path])).content).toBeNull()
    expect(await sandbox.json<FileView>(['show', other])).toMatchObject({
      location: {problem: expect.stringContaining('premature end') as string},
      content: {sizeBytes: 1000, statistics: null},
    })
    expect((await sandbox.json<{hits: unknown[]}>(['search', '--lexical', 'chair'])).hits).toEqual([])
  })
})

describeWithFixtures('folders and files that may not be read', fixtures => {
  const photo = join(fixtures, 'media/labelled-photos/000000000139.jpg')
  let sandbox: Sandbox
  /** Permissions do not hold for root, who therefore lets nobody run the program. */
  let uid: number | undefined
  let cannot: string | null = null

  beforeAll(async () => {
    sandbox = await openSandbox({model: 'colours'})
    await mkdir(join(sandbox.media, 'locked'))
    const bytes = await readFile(photo)
    for (const [i, name] of ['open.jpg', 'secret.jpg', 'locked/inside.jpg'].entries()) {
      await writeFile(join(sandbox.media, name), Buffer.concat([bytes, Buffer.of(i)]))
    }
    if (process.getuid?.() !== 0) return
    uid = NOBODY
    for (const name of ['', 'media', 'media/locked', 'media/open.jpg', 'media/secret.jpg', 'media/locked/inside.jpg']) {
      await chown(join(sandbox.root, name), NOBODY, NOBODY)
    }
    const started = await sandbox.run(['stats'], {uid})
    if (started.exitCode !== 0) cannot = `user ${NOBODY} may not run the program: ${started.stderr}`
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  async function scan(): Promise<{exitCode: number; report: Scanned}> {
    const run = await sandbox.run(['scan', sandbox.media, '--json', '--quiet'], uid === undefined ? {} : {uid})
    return {exitCode: run.exitCode, report: document(run)}
  }

  test('are named with their reason at every scan, and looked at once they may be', async context => {
    if (cannot !== null) context.skip(cannot)
    const locked = join(sandbox.media, 'locked')
    const secret = join(sandbox.media, 'secret.jpg')
    const reasons = [
      {path: locked, code: 'FILE_UNREADABLE', message: 'the folder cannot be listed: permission denied'},
      {path: secret, code: 'FILE_UNREADABLE', message: 'cannot be read: permission denied'},
    ]
    await chmod(locked, 0o000)
    await chmod(secret, 0o000)
    const first = await scan()
    expect(first.exitCode).toBe(3)
    expect(reasonsOf(first.report).sort(byPath)).toEqual(reasons)
    expect(first.report.work?.done).toMatchObject({inspect: 1, embed: 1, tag: 1})

    const second = await scan()
    expect(second.exitCode).toBe(3)
    expect(reasonsOf(second.report).sort(byPath)).toEqual(reasons)

    await chmod(locked, 0o755)
    await chmod(secret, 0o644)
    const third = await scan()
    expect(third.exitCode).toBe(0)
    expect(third.report.work?.done).toMatchObject({inspect: 2, embed: 2, tag: 2})
  })

  test('a file that could not be read is looked at after `jobs retry` too', async context => {
    if (cannot !== null) context.skip(cannot)
    const path = join(sandbox.media, 'later.jpg')
    await writeFile(path, Buffer.concat([await readFile(photo), Buffer.of(7)]))
    await chmod(path, 0o000)
    if (uid !== undefined) await chown(path, uid, uid)
    expect((await scan()).exitCode).toBe(3)
    await chmod(path, 0o644)
    await sandbox.json(['jobs', 'retry'])
    await sandbox.json(['work'])
    const view = await sandbox.json<FileView>(['show', path])
    expect(view.location.format).toEqual({kind: 'photo', format: 'jpeg', mime: 'image/jpeg'})
    expect(view.content?.facts).toMatchObject({width: 640, height: 426})
  })

  test('a root that may not be entered makes its files offline and keeps them', async context => {
    if (cannot !== null) context.skip(cannot)
    await chmod(sandbox.media, 0o000)
    const {exitCode, report} = await scan()
    await chmod(sandbox.media, 0o755)
    expect(exitCode).toBe(3)
    expect(reasonsOf(report)).toEqual([
      {path: sandbox.media, code: 'ROOT_OFFLINE', message: `cannot scan ${sandbox.media}: permission denied`},
    ])
    expect((await sandbox.json<LibraryStats>(['stats'])).files).toEqual({present: 0, offline: 4, missing: 0})
  })
})
