import {readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Chapter} from '../../dist/domain/chapters.js'
import {ffmetadata, webVttChapters} from '../../dist/domain/chapters.js'
import type {Highlight} from '../../dist/domain/highlights.js'
import type {FileView} from '../../dist/services/files.js'
import {scan} from '../../dist/services/scan.js'
import {drain} from '../../dist/services/worker.js'
import {chaptersIn, drawn, drawShots, ffmpeg, joinShots, photo} from '../support/clips.js'
import {describeWithFixtures} from '../support/fixtures.js'
import {makeJointModel} from '../support/joint-model.js'
import type {HitJson, ScanJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {composeFor} from '../support/session.js'
import {readWebVtt} from '../support/webvtt.js'

const SHOT_SECONDS = 2
const OTHERS = ['000139', '011813', '018575', '034417', '073326', '092660', '101787', '106235', '109313', '117645', '128598']
const ZEBRA = '244592'
const AIRPLANE = '101787'
/** Which of the twelve shots shows the zebras. */
const PLANTED = 6
/** As near as a boundary has to be. */
const NEAR_MS = 80

describeWithFixtures('the moments of videos', fixtures => {
  const photoOf = (number: string): string[] =>
    photo(join(fixtures, 'media/labelled-photos', `000000${number}.jpg`), SHOT_SECONDS)
  let box: Sandbox
  let report: ScanJson
  const at = (name: string): string => join(box.media, name)

  beforeAll(async () => {
    box = await openSandbox()
    const twelve = OTHERS.toSpliced(PLANTED, 0, ZEBRA).map(photoOf)
    await joinShots(at('twelve.mp4'), twelve, {size: '640:480'})
    // Of these one moves, one shows a person and one is loud.
    const trip = [drawn('bars', 2), drawn('counter', 2), photoOf('343803'), drawn('colours', 2)]
    await joinShots(join(box.root, 'silent.mp4'), trip, {size: '320:180'})
    const tone = ['-f', 'lavfi', '-i', 'aevalsrc=if(gte(t\\,6)\\,0.8\\,0.003)*sin(2764*t):d=8']
    await ffmpeg('-i', join(box.root, 'silent.mp4'), ...tone, '-c:v', 'copy', '-c:a', 'aac', at('trip.mp4'))
    await joinShots(at('pair.mp4'), [photoOf(ZEBRA), photoOf(AIRPLANE)], {size: '640:480'})
    await drawShots(at('black.mp4'), [['black', 1]])
    report = await box.json<ScanJson>(['scan', box.media])
  }, 120_000)
  afterAll(() => box[Symbol.asyncDispose]())

  test('are found without a failure', () => {
    expect(report.work).toMatchObject({done: {inspect: 4, frames: 4, embed: 4, tag: 4, listen: 4}, failures: []})
  })

  describe('in a search', () => {
    test('are where the thing is that was looked for, with the end of its shot', async () => {
      const {hits} = await box.json<{hits: (HitJson & {endMs: number})[]}>(['search', 'zebra'])
      expect(
        hits
          .slice(0, 2)
          .map(({path}) => path)
          .sort(),
      ).toEqual([at('pair.mp4'), at('twelve.mp4')])
      const {atMs, endMs} = hits.find(({path}) => path === at('twelve.mp4')) as (typeof hits)[number]
      expect(atMs).toBeGreaterThanOrEqual(PLANTED * SHOT_SECONDS * 1000)
      expect(atMs).toBeLessThan((PLANTED + 1) * SHOT_SECONDS * 1000)
      expect(Math.abs(endMs - (PLANTED + 1) * SHOT_SECONDS * 1000)).toBeLessThanOrEqual(NEAR_MS)
    })

    test('are shown of a video, too, that is found because of all that is in it', async () => {
      const {hits} = await box.json<{hits: HitJson[]}>(['search', '--semantic', 'a zebra and an airplane'])
      const [first, second] = hits as [HitJson, HitJson]
      expect([first.path, second.path]).toEqual([at('pair.mp4'), at('twelve.mp4')])
      // The other one has the same two pictures among ten more.
      expect(first.score).toBeGreaterThan(1.1 * second.score)
      const {content} = await box.json<FileView>(['show', at('pair.mp4')])
      expect(content?.keyframes.map(({atMs}) => atMs)).toContain(first.atMs)
    })

    test('are printed behind the path', async () => {
      const {stdout} = await box.call(['search', 'zebra'])
      expect(stdout).toMatch(/ \S*twelve\.mp4 at 0:1[23] .*\*zebra/)
    })
  })

  describe('that show lists', () => {
    test('are shots with their times, keyframes and tags', async () => {
      const {shots, tags} = await box.json<FileView>(['show', at('twelve.mp4')])
      expect(shots).toHaveLength(12)
      for (const [i, {startMs, endMs, keyframesMs}] of shots.entries()) {
        expect(Math.abs(startMs - i * SHOT_SECONDS * 1000)).toBeLessThanOrEqual(NEAR_MS)
        expect(Math.abs(endMs - (i + 1) * SHOT_SECONDS * 1000)).toBeLessThanOrEqual(NEAR_MS)
        expect(keyframesMs).toHaveLength(1)
      }
      const withZebra = shots.filter(shot => shot.tags.some(({name}) => name === 'zebra'))
      expect(withZebra.map(({ordinal}) => ordinal)).toEqual([PLANTED])
      expect(tags.map(({name}) => name)).toContain('zebra')
    })

    test('are a line each for people, who read of each thing once', async () => {
      const {stdout} = await box.call(['show', at('twelve.mp4')])
      expect(stdout).toMatch(/^ {2}0:12–0:14 {2}cut {2}zebra \d\.\d\d/m)
      const seen =
        /^seen +(.*)$/m
          .exec(stdout)?.[1]
          ?.split(', ')
          .map(thing => thing.replace(/ [\d.]+$/, '')) ?? []
      expect(seen).toContain('tv')
      expect(seen).toEqual([...new Set(seen)])
    })
  })

  describe('that make chapters', () => {
    const written = async (...args: string[]): Promise<{text: string; chapters: Chapter[]}> => {
      const command = ['chapters', at('twelve.mp4'), '--least', '4s', ...args]
      const {stdout} = await box.call(command)
      return {text: stdout, ...(await box.json<{chapters: Chapter[]}>(command))}
    }

    test('are as long as they have to be, and named after what is in them', async () => {
      const {chapters} = await written()
      expect(chapters).toHaveLength(6)
      for (const {startMs, endMs} of chapters) expect(endMs - startMs).toBeGreaterThanOrEqual(4000 - NEAR_MS)
      expect(chapters[PLANTED / 2]?.title).toContain('zebra')
      expect(chapters.filter(({title}) => title.includes('zebra'))).toHaveLength(1)
    })

    test('are put into a copy by ffmpeg', async () => {
      const {text, chapters} = await written()
      const [meta, copy] = [join(box.root, 'chapters.txt'), join(box.root, 'copy.mkv')]
      await writeFile(meta, text)
      await ffmpeg('-i', at('twelve.mp4'), '-i', meta, '-map_metadata', '1', '-c', 'copy', copy)
      expect(await chaptersIn(copy)).toEqual(chapters)
    })

    test('are WebVTT to the letter, in a new file and in no other', async () => {
      const target = join(box.root, 'chapters.vtt')
      const {text} = await written('--format', 'webvtt')
      const args = ['chapters', at('twelve.mp4'), '--least', '4s', '--format', 'webvtt', '--to', target]
      expect((await box.run(args)).exitCode).toBe(0)
      expect(await readFile(target, 'utf8')).toBe(text)
      expect(readWebVtt(text)).toEqual((await written()).chapters)
      await writeFile(target, 'mine')
      const {exitCode, stderr} = await box.run(args)
      expect([exitCode, await readFile(target, 'utf8')]).toEqual([2, 'mine'])
      expect(stderr).toContain('name a file that is not there yet')
    })
  })

  describe('that are highlights', () => {
    const [STILL, MOVING, PERSON, LOUD] = [0, 2000, 4000, 6000] as const
    const ranked = async (...args: string[]): Promise<Highlight[]> =>
      (await box.json<{highlights: Highlight[]}>(['highlights', at('trip.mp4'), ...args])).highlights
    const near = (startMs: number, other: number): boolean => Math.abs(startMs - other) <= NEAR_MS

    test('are told by motion, by who is seen and by loudness', async () => {
      const highlights = await ranked()
      expect(highlights).toHaveLength(4)
      for (const [part, startMs] of [
        ['motion', MOVING],
        ['objects', PERSON],
        ['loudness', LOUD],
      ] as const) {
        const most = highlights.filter(highlight => highlight[part] === 1)
        expect(most.map(highlight => near(highlight.startMs, startMs))).toEqual([true])
      }
    })

    test('begin with the best and end with the shot of which nothing is to be told', async () => {
      const highlights = await ranked()
      expect(near(highlights[0]?.startMs ?? NaN, PERSON)).toBe(true)
      expect(near(highlights.at(-1)?.startMs ?? NaN, STILL)).toBe(true)
      const scores = highlights.map(({score}) => score)
      expect(scores).toEqual(scores.toSorted((a, b) => b - a))
      expect(await ranked('--limit', '2')).toEqual(highlights.slice(0, 2))
    })

    test('are a table for people', async () => {
      const {stdout} = await box.call(['highlights', at('trip.mp4')])
      expect(stdout.split('\n').slice(0, 2).join('\n')).toMatch(/^score +shot +motion +seen +loud\n0\.\d\d +0:04–0:06 /)
    })
  })
})

describeWithFixtures('the moments of a video that a model compares with words', fixtures => {
  let box: Sandbox
  let model: string
  let path: string
  const things = ['zebra', 'airplane', 'kitchen sink'].map(name => ({name, words: [name], parents: []}))

  beforeAll(async () => {
    box = await openSandbox()
    path = join(box.media, 'pair.mp4')
    const photoOf = (number: string, seconds: number): string[] =>
      photo(join(fixtures, 'media/labelled-photos', `000000${number}.jpg`), seconds)
    await joinShots(path, [photoOf(ZEBRA, 3), photoOf(AIRPLANE, 2)], {size: '640:480'})
    model = await makeJointModel(fixtures)
    await using session = await composeFor(box)
    await using embedder = await session.ports.embedderOfModel(model)
    const ports = {
      ...session.ports,
      embedder: () => Promise.resolve(embedder),
      // All labels of the program would be embedded for half a minute.
      vocabulary: {read: () => Promise.resolve({labels: things, version: '1'})},
    }
    const {signal} = new AbortController()
    await scan(ports, [box.media], {}, {signal})
    const {failures} = await drain(ports, {kinds: ['inspect', 'frames', 'embed', 'tag']}, {signal})
    expect(failures).toEqual([])
  }, 60_000)
  afterAll(async () => {
    await box[Symbol.asyncDispose]()
    await rm(model, {recursive: true})
  })

  const namesIn = ({tags}: {tags: {name: string}[]}): string[] => tags.map(({name}) => name)

  test('have tags of their own, of which the video has its', async () => {
    const {shots, tags} = await box.json<FileView>(['show', path])
    expect(shots.map(namesIn)).toEqual([['zebra'], ['airplane']])
    expect(tags.filter(({source}) => source === 'zero-shot').map(({name}) => name).sort()).toEqual(['airplane', 'zebra']) // prettier-ignore
    const {stdout} = await box.call(['show', path])
    expect(stdout).toMatch(/^ {2}0:03–0:05 {2}cut {2}airplane \d\.\d\d$/m)
    const {chapters} = await box.json<{chapters: Chapter[]}>(['chapters', path, '--least', '1s'])
    expect(chapters.map(({title}) => title)).toEqual(['zebra', 'airplane'])
  })

  test('are where a search finds a tag by its word', async () => {
    const {hits} = await box.json<{hits: HitJson[]}>(['search', '--lexical', 'airplane'])
    expect(hits[0]).toMatchObject({path})
    expect(hits[0]?.atMs).toBeGreaterThanOrEqual(3000 - NEAR_MS)
  })

  test('do not show what a person took from the video', async () => {
    expect((await box.run(['tag', 'remove', path, 'zebra'])).exitCode).toBe(0)
    const {shots} = await box.json<FileView>(['show', path])
    expect(shots.map(namesIn)).toEqual([[], ['airplane']])
  })
})

describe('chapters with titles that mean something to a format', () => {
  const TITLES = ['a=b; c#d', 'back\\slash', 'two\nlines\n\nand more', '[CHAPTER]', ';FFMETADATA1', '<b>&amp; 1 --> 2', 'é 🐕']
  const CHAPTERS = TITLES.map((title, i) => ({startMs: i * 1000, endMs: (i + 1) * 1000, title}))

  test('come out of ffmetadata as they went in', async () => {
    await using box = await openSandbox()
    const [meta, video, copy] = ['meta.txt', 'video.mkv', 'copy.mkv'].map(name => join(box.root, name)) as [
      string,
      string,
      string,
    ]
    await writeFile(meta, ffmetadata(CHAPTERS))
    await drawShots(video, [['bars', TITLES.length]])
    await ffmpeg('-i', video, '-i', meta, '-map_metadata', '1', '-c', 'copy', copy)
    expect(await chaptersIn(copy)).toEqual(CHAPTERS)
  })

  test('are one line each of WebVTT, without markup', () => {
    const expected = CHAPTERS.map(chapter => ({...chapter, title: chapter.title.replace(/\s+/g, ' ')}))
    expect(readWebVtt(webVttChapters(CHAPTERS))).toEqual(expected)
  })
})
