import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Session} from '../../dist/cli/compose.js'
import {showFile, type FileView} from '../../dist/services/files.js'
import {ffmpeg, joinShots, photo} from '../support/clips.js'
import {describeWithFixtures} from '../support/fixtures.js'
import type {HitJson, WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures} from '../support/scene.js'
import {composeFor} from '../support/session.js'
import {writeTalk} from '../support/voice.js'
import {addYamnet} from '../support/yamnet.js'

let box: Sandbox
let session: Session
let work: WorkJson
const at = (name: string): string => join(box.media, name)
const show = (name: string): Promise<FileView> => showFile(session.ports, at(name))

/** Stereo tones of 1 kHz one after the other, each so loud and so long, as EBU Tech 3341 and 3342 define their test signals. */
const tones = (name: string, parts: readonly [dbfs: number, seconds: number][]): Promise<void> => {
  const inputs = parts.flatMap(([dbfs, seconds]) => [
    '-f',
    'lavfi',
    '-i',
    `aevalsrc='${10 ** (dbfs / 20)}*sin(2*PI*1000*t)|${10 ** (dbfs / 20)}*sin(2*PI*1000*t)':s=48000:d=${seconds}`,
  ])
  return ffmpeg(...inputs, '-filter_complex', `concat=n=${parts.length}:v=0:a=1`, '-c:a', 'pcm_s24le', at(name))
}

beforeAll(async () => {
  box = await openSandbox()
  await writeTalk(at('talk.wav'), [3, 3, 4, 3])
  await tones('case1.wav', [[-23, 20]])
  await tones('case2.wav', [[-33, 20]])
  await tones('gated.wav', [[-36, 10], [-23, 60], [-36, 10]]) // prettier-ignore
  await tones('range.wav', [[-20, 20], [-30, 20]]) // prettier-ignore
  await ffmpeg('-f', 'lavfi', '-i', 'anullsrc=r=44100:cl=stereo', '-t', '3', at('nothing.flac'))
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=10:duration=13']
  await ffmpeg(...picture, '-i', at('talk.wav'), '-c:v', 'mpeg4', '-c:a', 'aac', at('talk.mp4'))
  // Sound that begins later than the pictures.
  await ffmpeg(...picture, '-itsoffset', '4', '-i', at('talk.wav'), '-map', '0:v', '-map', '1:a', '-c:v', 'mpeg4', '-c:a', 'aac', at('late.mkv')) // prettier-ignore

  const talk = await readFile(at('talk.wav'))
  await writeFile(at('headless.wav'), talk.subarray(0, 44))
  await writeFile(at('no-samples.wav'), patched(talk, [[40, 0]]).subarray(0, 44))
  await writeFile(at('half.wav'), talk.subarray(0, talk.length / 2))
  await writeFile(at('slow.wav'), patched(talk, [[24, 1], [28, 2]])) // prettier-ignore
  await writeFile(at('fast.wav'), patched(talk, [[24, 768_000], [28, 1_536_000]])) // prettier-ignore
  await writeFile(at('impossible.wav'), patched(talk, [[24, 0xfffffff0], [28, 0xfffffff0]])) // prettier-ignore
  await ffmpeg('-i', at('talk.wav'), '-c:a', 'flac', join(box.root, 'whole.flac'))
  const flac = await readFile(join(box.root, 'whole.flac'))
  await writeFile(at('half.flac'), flac.subarray(0, flac.length / 2))
  await ffmpeg('-i', at('talk.wav'), '-t', '0', '-c:a', 'aac', at('no-samples.m4a'))
  await box.json(['scan', box.media, '--queue-only'])
  work = await box.json<WorkJson>(['work', '--kind', 'inspect', '--kind', 'listen'])
  session = await composeFor(box)
}, 180_000)
afterAll(async () => {
  await session[Symbol.asyncDispose]()
  await box[Symbol.asyncDispose]()
})

function patched(bytes: Buffer, numbers: readonly [at: number, value: number][]): Buffer {
  const copy = Buffer.from(bytes)
  for (const [offset, value] of numbers) copy.writeUInt32LE(value, offset)
  return copy
}

describe('loudness', () => {
  test.each([
    ['case1.wav', -23],
    ['case2.wav', -33],
    ['gated.wav', -23],
  ])('of %s is what EBU Tech 3341 says: %f LUFS', async (name, lufs) => {
    const {sound} = await show(name)
    expect(Math.abs((sound?.loudness?.integratedLufs ?? 0) - lufs)).toBeLessThanOrEqual(0.1)
  })

  test('and its range and peak are those of Tech 3342 and of the signal', async () => {
    const {sound} = await show('range.wav')
    expect(Math.abs((sound?.loudness?.rangeLu ?? 0) - 10)).toBeLessThanOrEqual(1)
    expect(Math.abs((sound?.loudness?.truePeakDbtp ?? 0) + 20)).toBeLessThanOrEqual(0.2)
  })

  test('of silence is not a number that somebody could take for one', async () => {
    const {sound} = await show('nothing.flac')
    expect(sound?.loudness).toBeNull()
  })
})

describe('silence and speech', () => {
  const spans = async (name: string, kind: string): Promise<[number, number][]> =>
    ((await show(name)).sound?.sounds ?? [])
      .filter(sound => sound.kind === kind)
      .map(({startMs, endMs}) => [Math.round(startMs / 500) / 2, Math.round(endMs / 500) / 2])

  test.each(['talk.wav', 'talk.mp4'])('are found in %s, each at its time', async name => {
    expect(await spans(name, 'silence')).toEqual([[0, 3], [6, 10]]) // prettier-ignore
    expect(await spans(name, 'speech')).toEqual([[3, 6], [10, 13]]) // prettier-ignore
    expect((await show(name)).tags.map(tag => tag.name)).toContain('speech')
  })

  test('are told by the time of the file where sound begins later than pictures', async () => {
    expect((await spans('late.mkv', 'speech'))[0]).toEqual([7, 10])
  })

  test('a file in which nothing is to be heard is silent from beginning to end', async () => {
    expect(await spans('nothing.flac', 'silence')).toEqual([[0, 3]])
    expect(await spans('nothing.flac', 'speech')).toEqual([])
  })
})

describe('sound that is broken', () => {
  test.each(['headless.wav', 'no-samples.wav', 'no-samples.m4a'])('%s has no samples, and is a row that says so', name => {
    const failure = work.failures.find(({path}) => path === at(name))
    expect(failure).toMatchObject({code: expect.stringMatching(/^FILE_(BROKEN|EMPTY)$/) as string})
    expect(failure?.message).toMatch(/no sound|neither pictures nor sound|no samples/)
  })

  test.each(['half.wav', 'half.flac'])('%s is heard as far as it goes', async name => {
    expect(work.failures.map(({path}) => path)).not.toContain(at(name))
    const speech = (await show(name)).sound?.sounds.filter(({kind}) => kind === 'speech') ?? []
    expect(speech.map(({startMs}) => Math.round(startMs / 500) / 2)).toEqual([3])
  })

  test.each([
    ['slow.wav', 'listen', 'its sound has a rate of 1 Hz: nothing that could be heard'],
    ['impossible.wav', 'inspect', /invalid sample rate/],
  ])('%s, of an absurd rate, is a row that says so', (name, kind, message) => {
    expect(work.failures.find(({path}) => path === at(name))).toMatchObject({
      kind,
      code: 'FILE_BROKEN',
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    })
  })

  test('a rate that is only very high is heard', async () => {
    expect(work.failures.map(({path}) => path)).not.toContain(at('fast.wav'))
    const {stages, sound} = await show('fast.wav')
    expect(stages.listen).toBeDefined()
    expect(sound?.levelBySecond.length).toBe(1)
  })
})

describeWithFixtures('with models', fixtures => {
  let other: Sandbox
  beforeAll(async () => {
    other = await openSandbox()
  })
  afterAll(() => other[Symbol.asyncDispose]())

  test('music, speech and others are told apart, in sound and in the sound of videos', async () => {
    await addYamnet(fixtures, other)
    const path = (name: string): string => join(other.media, name)
    await writeTalk(path('talk.wav'), [1, 3])
    await copyFixtures(fixtures, other.media, {
      'music.mka': 'audio-tags/02 - Poxfil - Solid Ground (5 sec).mka',
      'dog.ogg': 'sounds/5-213855-A.ogg',
    })
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=10:duration=5']
    await ffmpeg(...picture, '-i', path('dog.ogg'), '-c:v', 'mpeg4', '-c:a', 'aac', path('dog.mp4'))
    await other.run(['scan', other.media, '--queue-only'])
    await other.run(['work', '--kind', 'inspect', '--kind', 'listen'])
    await using session = await composeFor(other)
    const heard = async (name: string): Promise<string[]> =>
      (await showFile(session.ports, path(name))).tags.filter(({source}) => source === 'sound').map(tag => tag.name)
    expect(await heard('music.mka')).toContain('music')
    expect(await heard('music.mka')).not.toContain('speech')
    for (const name of ['dog.ogg', 'dog.mp4']) expect(await heard(name)).toContain('dog bark')
    expect(await heard('talk.wav')).toContain('speech')
    expect((await other.call(['search', '--lexical', 'dog bark'])).stdout).toContain('dog.mp4')
  })

  test('a search for what is heard shows when it is heard, and not what looks most like it', async () => {
    const path = join(other.media, 'zoo.mp4')
    const shots = ['000000435206', '000000101787'].map(number => photo(join(fixtures, `media/labelled-photos/${number}.jpg`), 3))
    await joinShots(join(other.root, 'zoo.mp4'), shots, {size: '640:480'})
    const bark = ['-i', join(fixtures, 'media/sounds/5-213855-A.ogg'), '-af', 'adelay=3000|3000', '-t', '6']
    await ffmpeg('-i', join(other.root, 'zoo.mp4'), ...bark, '-c:v', 'copy', '-c:a', 'aac', path)
    await other.run(['scan', path])
    const first = async (words: string): Promise<HitJson> => {
      const {hits} = await other.json<{hits: HitJson[]}>(['search', words, '--type', 'video', '--limit', '5'])
      return hits.find(hit => hit.path === path) as HitJson
    }
    const [heard, seen] = [await first('dog'), await first('elephant')]
    expect(heard.atMs).toBeGreaterThanOrEqual(2000)
    expect(seen.atMs).toBeLessThan(2000)
  })

  test('a cover is a picture of its content', async () => {
    const path = join(other.media, 'album.mp3')
    await writeTalk(join(other.root, 'talk.wav'), [1, 1])
    await copyFixtures(fixtures, other.root, {'cover.jpg': 'labelled-photos/000000022192.jpg'})
    const inputs = ['-i', join(other.root, 'talk.wav'), '-i', join(other.root, 'cover.jpg')]
    const streams = ['-map', '0:a', '-map', '1:v', '-c:a', 'libmp3lame', '-c:v', 'copy', '-disposition:v', 'attached_pic']
    await ffmpeg(...inputs, ...streams, path)
    await other.run(['scan', path])
    await using session = await composeFor(other)
    const {content, detections} = await showFile(session.ports, path)
    expect(content).toMatchObject({format: {kind: 'audio'}, facts: {hasCover: true}})
    expect(detections.map(({label}) => label)).toContain('dog')
    for (const mode of ['--lexical', '--semantic']) {
      const {hits} = await other.json<{hits: HitJson[]}>(['search', 'dog', mode, '--type', 'audio'])
      expect(hits.find(hit => hit.path === path)).toMatchObject({atMs: null})
    }
  })
})
