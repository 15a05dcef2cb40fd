import {appendFile, chmod, chown, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, test as base} from 'vitest'
import {describeWithFixtures} from '../support/fixtures.js'
import type {ErrorJson, FileJson, ScanJson} from '../support/reports.js'
import {openSandbox, type RunOptions, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'
import {until} from '../support/wait.js'
import {startWatch, type News, type Watching} from '../support/watching.js'

const NOBODY = 65534

interface Scene {
  box: Sandbox
  at: (name: string) => string
  show: (name: string) => Promise<FileJson>
  start: (args?: string[], options?: RunOptions) => Watching
  /** Starts watching, and waits until it does. */
  watch: (...args: string[]) => Promise<Watching>
  /** Waits until the watch that was started last has tagged a file. */
  tagged: (name: string, from?: number) => Promise<News>
}

const test = base.extend<{scene: Scene}>({
  scene: async ({}, use) => {
    await using box = await openSandbox({model: 'colours'})
    const at = (name: string): string => join(box.media, name)
    const all: Watching[] = []
    const start: Scene['start'] = (args = [], options = {}) => {
      const watching = startWatch(box, [box.media, ...args], options)
      all.push(watching)
      return watching
    }
    await use({
      box,
      at,
      show: name => box.json<FileJson>(['show', at(name)]),
      start,
      async watch(...args) {
        const watching = start(args)
        await watching.told('watch.scanned')
        return watching
      },
      tagged: (name, from) => (all.at(-1) as Watching).told('job.done', {kind: 'tag', path: at(name)}, from),
    })
    for (const watching of all) await watching.stop('SIGTERM')
  },
})

// Most of a watch is waiting, and every test has a machine of its own: they wait side by side.
describe.concurrent('watch', () => {
  test('takes in what comes, at any depth, with what is there already', async ({scene: {box, at, show, watch, tagged}}) => {
    await drawPicture(at('old.jpg'), 1)
    const {told} = await watch()
    expect(await told('watch.started')).toMatchObject({path: box.media, mode: 'events', reason: null})
    await tagged('old.jpg')
    await drawPicture(at('new.jpg'), 2)
    await drawPicture(at('a/b/c/deep.jpg'), 3)
    await tagged('new.jpg')
    await tagged('a/b/c/deep.jpg')
    expect(await show('a/b/c/deep.jpg')).toMatchObject({location: {state: 'present'}, content: {format: {kind: 'photo'}}})
  })

  test('sees changes and deletions, and follows the ignore rules above a folder', async ({
    scene: {box, at, show, watch, tagged},
  }) => {
    await writeFile(at('.mediaforgeignore'), 'drafts/\n*.tmp.jpg\n')
    await drawPicture(at('year/a.jpg'), 1)
    await drawPicture(at('year/b.jpg'), 2)
    const {news} = await watch()
    await tagged('year/a.jpg')
    await tagged('year/b.jpg')
    const before = (await show('year/a.jpg')).content?.identity
    const from = news.length
    await drawPicture(at('year/drafts/c.jpg'), 3)
    await drawPicture(at('year/d.tmp.jpg'), 4)
    await drawPicture(at('year/a.jpg'), 5)
    await rm(at('year/b.jpg'))
    await tagged('year/a.jpg', from)
    expect((await show('year/a.jpg')).content?.identity).not.toBe(before)
    expect((await show('year/b.jpg')).location.state).toBe('missing')
    for (const name of ['year/drafts/c.jpg', 'year/d.tmp.jpg']) {
      expect(await box.json<ErrorJson>(['show', at(name)])).toMatchObject({error: {code: 'NOT_IN_LIBRARY'}})
    }
  })

  test('knows renamed and moved files and folders, without embedding or tagging anything', async ({
    scene: {box, at, show, watch},
  }) => {
    for (let i = 0; i < 14; i++) await drawPicture(at(`trip/${i}.jpg`), i)
    await drawPicture(at('single.jpg'), 99)
    await box.json(['scan', box.media, '--quiet'])
    await box.json(['tag', 'add', at('single.jpg'), 'alone'])
    await box.json(['tag', 'add', at('trip/3.jpg'), 'third'])
    const {news, done} = await watch()
    const from = news.length
    await mkdir(at('2019'))
    await rename(at('single.jpg'), at('2019/one.jpg'))
    // More than a handful at once: for all of a moment it looks like a disk that went away.
    await rename(at('trip'), at('2019/norway'))
    const moved = (): number =>
      news.slice(from).reduce((sum, event) => sum + (event.event === 'watch.scanned' ? (event.moved as number) : 0), 0)
    await until('all of them', () => (moved() >= 15 ? true : undefined))
    expect(done(from)).toEqual({})
    expect((await show('2019/one.jpg')).tags[0]).toMatchObject({name: 'alone'})
    expect((await show('2019/norway/3.jpg')).tags[0]).toMatchObject({name: 'third'})
    expect(await box.json(['stats'])).toMatchObject({files: {present: 15, offline: 0, missing: 0}})
  })

  test('goes on seeing what comes into folders that took each other’s names', async ({scene: {box, at, show, watch, tagged}}) => {
    await drawPicture(at('a/in/1.jpg'), 1)
    await drawPicture(at('b/in/2.jpg'), 2)
    await box.json(['scan', box.media, '--quiet'])
    const {news, told} = await watch()
    await rename(at('a'), at('aside'))
    await rename(at('b'), at('a'))
    await rename(at('aside'), at('b'))
    await until('both of them', async () => {
      const there = [await show('a/in/2.jpg'), await show('b/in/1.jpg')].filter(file => 'location' in file)
      return there.length === 2 ? true : undefined
    })
    const from = news.length
    await drawPicture(at('a/in/3.jpg'), 3)
    await told('watch.scanned', {added: 1}, from)
    await drawPicture(at('b/4.jpg'), 4)
    await tagged('b/4.jpg', from)
  })

  test('makes a disk offline that is mounted in the folder, however small it is', async ({scene: {box, at, show, watch}}) => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('disk/b.jpg'), 2)
    for (const folder of [at('disk'), box.media]) await box.json(['scan', folder, '--quiet'])
    const {told} = await watch()
    await rm(at('disk/b.jpg'))
    await told('watch.problem', {path: at('disk'), code: 'ROOT_OFFLINE'})
    expect((await show('disk/b.jpg')).location.state).toBe('offline')
  })

  test('leaves a file alone for as long as it grows', async ({scene: {at, watch, tagged}}) => {
    await drawPicture(at('../whole.jpg'), 1)
    const bytes = await readFile(at('../whole.jpg'))
    const {news, done} = await watch()
    const piece = Math.ceil(bytes.length / 8)
    for (let i = 0; i < bytes.length; i += piece) {
      await appendFile(at('slow.jpg'), bytes.subarray(i, i + piece))
      expect(done()).toEqual({})
      await new Promise(resolve => setTimeout(resolve, 700))
    }
    await tagged('slow.jpg')
    expect(done()).toEqual({inspect: 1, embed: 1, tag: 1})
    expect(news.filter(({event}) => event === 'job.failed')).toEqual([])
  })

  test('takes a swarm of files in few looks', async ({scene: {at, watch}}) => {
    const {news, done} = await watch()
    for (let i = 0; i < 30; i++) await drawPicture(at(`${i}.jpg`), i)
    await until('all of them', () => (done().tag === 30 ? true : undefined))
    expect(news.filter(({event, added}) => event === 'watch.scanned' && Number(added) > 0).length).toBeLessThan(5)
  })

  test('makes files of a folder that goes away offline, and takes them back without work', async ({
    scene: {box, at, show, watch, tagged},
  }) => {
    await drawPicture(at('a.jpg'), 1)
    await box.json(['scan', box.media, '--quiet'])
    const {told, news, done} = await watch()
    await rename(box.media, `${box.media}-away`)
    await told('watch.scanned', {state: 'offline'})
    expect((await show('a.jpg')).location.state).toBe('offline')
    const from = news.length
    await rename(`${box.media}-away`, box.media)
    await until('its return', async () => ((await show('a.jpg')).location.state === 'present' ? true : undefined))
    expect(done(from)).toEqual({})
    await drawPicture(at('b.jpg'), 2)
    await tagged('b.jpg', from)
  })

  test('does the work that other commands put on the queue', async ({scene: {box, watch}}) => {
    const {told} = await watch()
    await drawPicture(join(box.root, 'elsewhere/a.jpg'), 1)
    await box.json(['scan', join(box.root, 'elsewhere'), '--queue-only'])
    await told('job.done', {kind: 'tag', path: join(box.root, 'elsewhere/a.jpg')})
  })

  test('walks now and then where it is told to', async ({scene: {at, watch, tagged}}) => {
    const {told} = await watch('--poll', '1')
    expect(await told('watch.started')).toMatchObject({mode: 'polling', reason: null})
    await drawPicture(at('a.jpg'), 1)
    await tagged('a.jpg')
    await rm(at('a.jpg'))
    await told('watch.scanned', {missing: 1})
  })

  test('walks now and then where the system has no more watches to give', async ({scene: {box, at, start, tagged}}) => {
    await writeFile(
      join(box.root, 'no-watches.mjs'),
      `import fs from 'node:fs'
       import {syncBuiltinESMExports} from 'node:module'
       fs.watch = () => { throw Object.assign(new Error('ENOSPC: no space left'), {code: 'ENOSPC'}) }
       syncBuiltinESMExports()`,
    )
    await drawPicture(at('a.jpg'), 1)
    const watching = start([], {env: {NODE_OPTIONS: `--import ${join(box.root, 'no-watches.mjs')}`}})
    const {reason} = await watching.told('watch.started', {mode: 'polling'})
    expect(reason).toContain('max_user_watches')
    await tagged('a.jpg')
  })

  test.runIf(process.getuid?.() === 0)(
    'tells a folder that it may not read once, and goes on',
    async ({scene: {box, at, start, tagged}}) => {
      await drawPicture(at('locked/a.jpg'), 1)
      await chmod(at('locked'), 0)
      await chown(box.root, NOBODY, NOBODY)
      await chown(box.media, NOBODY, NOBODY)
      const watching = start([], {uid: NOBODY, env: {HOME: box.root}})
      await watching.told('watch.problem', {path: at('locked'), code: 'FILE_UNREADABLE'})
      await drawPicture(at('b.jpg'), 2)
      await tagged('b.jpg')
      expect(watching.news.filter(({event}) => event === 'watch.problem')).toHaveLength(1)
      expect(await watching.told('watch.started')).toMatchObject({mode: 'events'})
    },
  )

  test('scan may run beside a watch', async ({scene: {box, at, watch}}) => {
    await drawPicture(at('a.jpg'), 1)
    await watch()
    const {roots} = await box.json<ScanJson>(['scan', box.media])
    expect(roots).toMatchObject([{state: 'scanned', files: 1}])
  })

  describe('the end of a watch', () => {
    test('is 0 on SIGTERM and 130 on Ctrl-C, with nothing left in hand', async ({scene: {box, at, watch}}) => {
      for (const [signal, exitCode] of [['SIGTERM', 0] as const, ['SIGINT', 130] as const]) {
        await drawPicture(at(`${signal}.jpg`), exitCode)
        const {stop, told} = await watch()
        await told('watch.scanned', {added: 1})
        expect(await stop(signal)).toEqual({exitCode, stderr: ''})
        const {counts} = await box.json<{counts: Record<string, {running: number}>}>(['jobs'])
        expect(Object.values(counts).filter(({running}) => running > 0)).toEqual([])
      }
    })

    test('comes at once with 2 for a path that was never there', async ({scene: {box, at}}) => {
      const {exitCode, stdout} = await box.run(['watch', at('nowhere'), '--json'])
      expect(exitCode).toBe(2)
      const last = stdout.trim().split('\n').at(-1) ?? ''
      expect(JSON.parse(last)).toMatchObject({error: {code: 'USAGE'}})
    })
  })

  describeWithFixtures('a video that is copied slowly', fixtures => {
    test('is not looked at before it can be opened', async ({scene: {at, watch, tagged}}) => {
      const bytes = await readFile(join(fixtures, 'media/videos/counter.mp4'))
      const {done, news} = await watch()
      // Most of it, and then a pause that is longer than the two looks are apart.
      await writeFile(at('clip.mp4'), bytes.subarray(0, Math.floor(bytes.length * 0.6)))
      await new Promise(resolve => setTimeout(resolve, 6000))
      expect(done()).toEqual({})
      await writeFile(at('clip.mp4'), bytes)
      await tagged('clip.mp4')
      expect(done()).toMatchObject({inspect: 1, frames: 1, embed: 1, tag: 1})
      expect(news.filter(({event}) => event === 'job.failed')).toEqual([])
    })
  })
})
