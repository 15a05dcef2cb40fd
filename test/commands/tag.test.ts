import {join} from 'node:path'
import {addTags, removeTags} from '../../dist/services/tags.js'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {describeWithFixtures} from '../support/fixtures.js'
import {openLibraryOf} from '../support/library.js'
import type {ErrorJson, TagJson, WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures} from '../support/scene.js'

describeWithFixtures('tagging', fixtures => {
  let box: Sandbox
  let dog: string
  beforeAll(async () => {
    box = await openSandbox()
    dog = join(box.media, 'IMG_0001.jpg')
    await copyFixtures(fixtures, box.media, {
      'IMG_0001.jpg': 'labelled-photos/000000022192.jpg',
      'night.jpg': 'exif/jpg_gps_DSCN0012.jpg',
    })
    await box.json(['scan', box.media])
  })
  afterAll(() => box[Symbol.asyncDispose]())

  const tags = async (file = dog): Promise<TagJson[]> => (await box.json<{tags: TagJson[]}>(['tag', 'show', file])).tags
  const tagNames = async (): Promise<string[]> => (await tags()).map(tag => tag.name)

  test('says of each tag who gave it and how sure that is', async () => {
    const shown = await tags()
    expect(shown).toContainEqual({
      name: 'dog',
      source: 'detector',
      confidence: expect.closeTo(0.6, 0) as number,
      model: 'centernet',
    })
    expect(shown).toContainEqual({name: 'landscape orientation', source: 'metadata', confidence: 1})
    for (const {confidence} of shown) expect(confidence > 0 && confidence <= 1).toBe(true)
    expect(new Set(shown.map(tag => tag.name)).size).toBe(shown.length)
  })

  test('by hand writes tags in their one form, once', async () => {
    await box.json(['tag', 'add', dog, 'Beaches', 'beach', 'Summer  Holiday'])
    expect((await tags()).slice(0, 2)).toEqual([
      {name: 'beach', source: 'manual', confidence: 1},
      {name: 'summer holiday', source: 'manual', confidence: 1},
    ])
    await box.json(['tag', 'remove', dog, 'BEACH', 'summer holidays'])
    expect(await tagNames()).not.toContain('beach')
  })

  test('never brings back what a person removed, until that person does', async () => {
    const {stdout} = await box.call(['tag', 'remove', dog, 'dogs'])
    expect(stdout).toContain('removed dog')
    expect((await box.json<WorkJson>(['tag', '--again'])).done.tag).toBe(2)
    expect(await tagNames()).not.toContain('dog')
    expect((await box.call(['search', '--lexical', 'dog'])).stdout).toBe('nothing found\n')
    await box.json(['tag', 'add', dog, 'dog'])
    expect((await tags())[0]).toEqual({name: 'dog', source: 'manual', confidence: 1})
    expect((await box.call(['search', '--lexical', 'dog', '--paths'])).stdout).toBe(`${dog}\n`)
  })

  test('everything that is tagged already does nothing', async () => {
    expect(await box.json(['tag'])).toMatchObject({queued: 0, done: {tag: 0}})
  })

  test('a file that is not in the library ends with 2 and says how it gets there', async () => {
    const {error} = await box.json<ErrorJson>(['tag', 'add', join(box.media, 'other.jpg'), 'x'])
    expect(error).toMatchObject({code: 'NOT_IN_LIBRARY', exitCode: 2, hint: expect.stringContaining('mediaforge scan') as string})
    expect(await box.run(['tag', 'add', dog])).toMatchObject({exitCode: 2})
    expect((await box.json<ErrorJson>(['tag', 'add', dog, join(box.media, 'night.jpg'), 'x'])).error.message).toContain(
      'is a file',
    )
  })

  test("by hand, and taken away, teach how far the detector's other tags are to be believed", async () => {
    const [sure, weak, ...others] = ['553664', '174231', '255165', '516916', '011813', '262227'].map(
      name => `000000${name}.jpg`,
    ) as [string, string, ...string[]]
    const names = [sure, weak, ...others]
    await copyFixtures(fixtures, box.media, Object.fromEntries(names.map(name => [name, `labelled-photos/${name}`])))
    await box.json(['scan', box.media])
    const confidence = async (name: string): Promise<number> =>
      (await tags(join(box.media, name))).find(tag => tag.name === 'laptop')?.confidence ?? 0
    await using library = await openLibraryOf(box)
    const answer = async (say: typeof addTags | typeof removeTags): Promise<void> => {
      for (const name of others) await say({library}, join(box.media, name), ['laptop'])
      await box.json(['tag', '--again'])
    }
    const before = await confidence(sure)
    await answer(removeTags)
    expect(await confidence(sure)).toBeLessThan(before - 0.1)
    expect(await confidence(weak)).toBe(0)
    // Two of these were no laptops to the detector alone.
    await answer(addTags)
    expect(await confidence(sure)).toBeGreaterThanOrEqual(before)
    expect(await confidence(weak)).toBeGreaterThan(0.6)
  })
})
