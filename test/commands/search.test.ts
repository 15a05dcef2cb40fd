import {existsSync} from 'node:fs'
import {rm, utimes} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {describeWithFixtures} from '../support/fixtures.js'
import type {HitJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures} from '../support/scene.js'

describeWithFixtures('searching', fixtures => {
  let box: Sandbox
  beforeAll(async () => {
    box = await openSandbox()
    await copyFixtures(fixtures, box.media, {
      'IMG_0001.jpg': 'labelled-photos/000000022192.jpg',
      'IMG_0002.jpg': 'labelled-photos/000000022892.jpg',
      'holiday in greece/IMG_0003.jpg': 'labelled-photos/000000557172.jpg',
      'italy/IMG_0004.jpg': 'exif/jpg_gps_DSCN0012.jpg',
      'clip.mp4': 'videos/counter.mp4',
      'song.flac': 'audio-tags/04 Long Drive.flac',
    })
    await utimes(join(box.media, 'IMG_0001.jpg'), new Date('2019-06-03'), new Date('2019-06-03'))
    await utimes(join(box.media, 'IMG_0002.jpg'), new Date('2021-06-03'), new Date('2021-06-03'))
    expect((await box.run(['scan', box.media])).exitCode).toBe(0)
  })
  afterAll(() => box[Symbol.asyncDispose]())

  const names = async (...args: string[]): Promise<string[]> => {
    const {hits} = await box.json<{hits: HitJson[]}>(['search', ...args])
    return hits.map(hit => hit.path.slice(box.media.length + 1))
  }
  const DOGS = ['IMG_0001.jpg', 'IMG_0002.jpg']

  test('by meaning finds what is seen, though nothing is named so', async () => {
    expect((await names('--semantic', 'a photo of a dog')).slice(0, 2).sort()).toEqual(DOGS)
  })

  test('by words finds tags, names, folders, metadata, and never by meaning', async () => {
    expect((await names('--lexical', 'dog')).sort()).toEqual(DOGS)
    expect(await names('--lexical', 'greece')).toEqual(['holiday in greece/IMG_0003.jpg'])
    expect(await names('--lexical', 'coolpix')).toEqual(['italy/IMG_0004.jpg'])
    expect(await names('--lexical', 'long', 'drive')).toEqual(['song.flac'])
    expect(await names('--lexical', 'puppy')).toEqual([])
  })

  test('by both puts first what both find', async () => {
    const {hits} = await box.json<{hits: HitJson[]}>(['search', 'dog'])
    expect(
      hits
        .slice(0, 2)
        .map(hit => hit.path.slice(-12))
        .sort(),
    ).toEqual(DOGS)
    expect(hits[0]).toMatchObject({matchedTags: ['dog'], kind: 'photo'})
    expect(hits[0]?.legs.map(leg => leg.leg).sort()).toEqual(['picture', 'words'])
    for (const {score} of hits) expect(score > 0 && score <= 1).toBe(true)
  })

  test.each([
    [['dog', '--lexical', '--after', '2020'], ['IMG_0002.jpg']],
    [['dog', '--lexical', '--before', '2020'], ['IMG_0001.jpg']],
    [['dog', '--lexical', '--after', '2019-06', '--before', '2019-07'], ['IMG_0001.jpg']],
    [['orientation', '--lexical', '--type', 'video'], ['clip.mp4']],
    [['orientation', '--lexical', '--tag', 'Italy'], ['italy/IMG_0004.jpg']],
    [
      ['orientation', '--lexical', '--not-tag', 'dog', '--type', 'photo', '--not-tag', 'italy'],
      ['holiday in greece/IMG_0003.jpg'],
    ],
    [['orientation', '--lexical', '--min-duration', '1', '--max-duration', '1:00'], ['clip.mp4']],
    [['orientation', '--lexical', '--max-size', '100k', '--type', 'video'], ['clip.mp4']],
    [['orientation', '--lexical', '--min-size', '1GB'], []],
  ])('with filters: %j finds %j', async (args, expected) => {
    expect((await names(...args)).sort()).toEqual(expected)
  })

  test('leaves out what has a minus', async () => {
    const {stdout} = await box.run(['search', '--lexical', '--paths', '--', 'orientation', '-dog', '-italy', '-video', '-greece'])
    expect(stdout).toBe(`${join(box.media, 'clip.mp4')}\n`)
    expect(await names('orientation', '-dog', '-italy', '-video', '-greece', '--lexical')).toEqual(['clip.mp4'])
  })

  test('takes a bare year for its first day', async () => {
    expect(await names('drive', '--lexical', '--after', '2014')).toEqual(['song.flac'])
    expect(await names('drive', '--lexical', '--before', '2014')).toEqual([])
  })

  test('in a folder looks nowhere else', async () => {
    expect(await names('orientation', '--lexical', '--folder', join(box.media, 'italy'))).toEqual(['italy/IMG_0004.jpg'])
    const relative = await box.run(['search', 'orientation', '--lexical', '--folder', 'italy', '--paths'], {cwd: box.media})
    expect(relative.stdout).toBe(`${join(box.media, 'italy/IMG_0004.jpg')}\n`)
  })

  test('prints a table for people, and paths alone for pipes', async () => {
    const table = await box.run(['search', 'dog', '--lexical'])
    expect(table.stdout).toMatch(/^0\.\d\d {2}photo {2}20\d\d-06-0[23] .*IMG_000[12]\.jpg {2}\*dog/m)
    const paths = [...DOGS.map(name => join(box.media, name))]
    const lines = await box.run(['search', 'dog', '--lexical', '--paths'])
    expect(lines.stdout.trimEnd().split('\n').sort()).toEqual(paths)
    const nul = await box.run(['search', 'dog', '--lexical', '-0'])
    expect(nul.stdout.endsWith('\0')).toBe(true)
    expect(nul.stdout.slice(0, -1).split('\0').sort()).toEqual(paths)
    expect(nul.stderr).toBe('')
  })

  test('that finds nothing says so and is no error', async () => {
    expect(await box.run(['search', '--lexical', 'xylophone'])).toEqual({exitCode: 0, stdout: 'nothing found\n', stderr: ''})
    expect(await box.run(['search', '--lexical', 'xylophone', '--paths'])).toMatchObject({exitCode: 0, stdout: ''})
    expect(await box.json(['search', '--lexical', 'xylophone'])).toMatchObject({hits: []})
  })

  test('shows as many hits as asked for', async () => {
    expect(await names('orientation', '--lexical', '--limit', '2')).toHaveLength(2)
  })

  test('gives the same hits from a flat index and a graph, built anew or kept', async () => {
    const search = async (index: string): Promise<[string, number][]> => {
      const args = ['search', '--semantic', 'a dog on a bed']
      const {hits} = await box.json<{hits: HitJson[]}>(args, {env: {MEDIAFORGE_VECTOR_INDEX: index}})
      return hits.map(({path, score}) => [path, score])
    }
    const flat = await search('flat')
    expect(flat.length).toBeGreaterThan(1)
    expect(await search('hnsw')).toEqual(flat)
    expect(await search('hnsw')).toEqual(flat)
  })

  test('through a filter that lets little pass looks at that alone, and makes no graph of the library', async () => {
    const search = async (...filter: string[]): Promise<string[]> => {
      const args = ['search', '--semantic', 'a dog on a bed', ...filter]
      const {hits} = await box.json<{hits: HitJson[]}>(args, {env: {MEDIAFORGE_VECTOR_INDEX: 'hnsw'}})
      return hits.map(({path}) => path)
    }
    const all = await search()
    const indexes = join(box.root, 'cache/indexes')
    await rm(indexes, {recursive: true})
    const passing = await search('--type', 'photo', '--after', '2020')
    expect(passing).toEqual(all.filter(path => passing.includes(path)))
    expect(passing).toContain(join(box.media, 'IMG_0002.jpg'))
    expect(existsSync(indexes)).toBe(false)
    await search()
    expect(existsSync(indexes)).toBe(true)
  })
})
