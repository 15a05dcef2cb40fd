import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openSidecars} from '../../../dist/adapters/sidecars/sidecars.js'
import {describeWithFixtures} from '../../support/fixtures.js'

const sidecars = openSidecars()
const CONTENT = {
  manualTags: ['grandmother'],
  otherTags: ['test', 'dog'],
  people: ['Ada Lovelace'],
  description: 'ours',
  rating: 3,
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-sidecars-'))
})
afterEach(() => rm(folder, {recursive: true}))

describe('reading', () => {
  test.each([
    ['nothing.xmp', null],
    ['empty.xmp', ''],
    ['cut.xmp', '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'],
    ['other.xmp', '<html><body>no RDF</body></html>'],
    ['entities.xmp', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'],
    ['list.json', '[]'],
    ['text.json', 'no json'],
  ])('%s says nothing', async (name, text) => {
    if (text !== null) await writeFile(join(folder, name), text)
    expect(await sidecars.read(join(folder, name))).toEqual({})
  })
})

describe('writing', () => {
  test('gives back what it was given, and changes nothing the second time', async () => {
    const path = join(folder, 'deep/a.jpg.xmp')
    expect(await sidecars.write(path, CONTENT, {dryRun: true})).toBe(true)
    await expect(readFile(path)).rejects.toThrow('ENOENT')
    expect(await sidecars.write(path, CONTENT, {dryRun: false})).toBe(true)
    expect(await sidecars.write(path, CONTENT, {dryRun: false})).toBe(false)
    expect(await sidecars.read(path)).toEqual({
      description: 'ours',
      rating: 3,
      people: ['Ada Lovelace'],
      exported: {manual: ['grandmother'], others: ['test', 'dog']},
    })
  })

  test('escapes what XML would take for its own', async () => {
    const path = join(folder, 'a.xmp')
    const content = {...CONTENT, manualTags: ['<b> & "c"'], description: 'a < b ]]> &amp;'}
    await sidecars.write(path, content, {dryRun: false})
    expect(await sidecars.read(path)).toMatchObject({description: 'a < b ]]> &amp;', exported: {manual: ['<b> & "c"']}})
  })
})

describeWithFixtures('sidecars of other programs', fixtures => {
  test.each(['APhotoManager-exmaple.xmp', 'digikam-example.xmp'])('%s keeps every word when ours are added', async name => {
    const original = await readFile(join(fixtures, 'media/formats', name), 'utf8')
    const path = join(folder, name)
    await writeFile(path, original)
    const before = await sidecars.read(path)
    await sidecars.write(path, CONTENT, {dryRun: false})
    const merged = await readFile(path, 'utf8')
    const words = original.match(/[\w:]+="[^"\n]+"|>[^<>\s][^<>\r\n]*</g) ?? []
    expect(words.length).toBeGreaterThan(10)
    for (const word of words) expect(merged).toContain(word)
    const after = await sidecars.read(path)
    expect(after).toMatchObject({...before, exported: {manual: ['grandmother']}})
    expect(after.description).not.toBe('ours')
  })
})
