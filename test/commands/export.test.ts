import {createHash} from 'node:crypto'
import {mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import type {ErrorJson, FileJson, ScanJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'

interface XmpJson {
  written: string[]
  unchanged: number
  failures: {path: string; code: string}[]
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox({model: 'colours'})
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
const scan = (): Promise<ScanJson> => box.json<ScanJson>(['scan', box.media])
const show = (name: string): Promise<FileJson> => box.json<FileJson>(['show', at(name)])
const tag = (name: string, ...tags: string[]) => box.json(['tag', 'add', at(name), ...tags])
const exportXmp = (...args: string[]): Promise<XmpJson> => box.json<XmpJson>(['export', '--xmp', ...args])
const names = async (name: string, source: string): Promise<string[]> =>
  (await show(name)).tags
    .filter(one => one.source === source)
    .map(one => one.name)
    .sort()

async function hashes(): Promise<Record<string, string>> {
  const media = (await readdir(box.media)).filter(name => name.endsWith('.jpg'))
  const pairs = media.map(async name => [
    name,
    createHash('sha256')
      .update(await readFile(at(name)))
      .digest('hex'),
  ])
  return Object.fromEntries(await Promise.all(pairs)) as Record<string, string>
}

/** A sidecar as Lightroom writes it, with settings that nobody here knows. */
const FOREIGN = `<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" crs:Exposure2012="+0.35" xmp:Rating="4">
   <crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurve>
   <dc:subject><rdf:Bag><rdf:li>Wedding</rdf:li><rdf:li>Delphi</rdf:li></rdf:Bag></dc:subject>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Greece|Delphi</rdf:li></rdf:Bag></lr:hierarchicalSubject>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Their words &amp; more</rdf:li></rdf:Alt></dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
`

describe('export --json', () => {
  beforeEach(async () => {
    await drawPicture(at('2019-06 Greece/a.jpg'), 1)
    await drawPicture(at('b.jpg'), 2)
    await scan()
    await tag('b.jpg', 'grandmother')
    await box.json(['tag', 'remove', at('b.jpg'), 'landscape orientation'])
  })

  test('is one document with everything of each content', async () => {
    const document = await box.json<{mediaforge: string; version: number; contents: Record<string, unknown>[]}>(['export'])
    expect(document).toMatchObject({mediaforge: 'export', version: 1})
    expect(document.contents).toHaveLength(2)
    expect(document.contents).toContainEqual(
      expect.objectContaining({
        identity: (await show('b.jpg')).content?.identity,
        format: 'jpeg',
        locations: [expect.objectContaining({path: at('b.jpg'), state: 'present'})],
        tags: expect.arrayContaining([{name: 'grandmother', source: 'manual', confidence: 1}]),
        refusedTags: ['landscape orientation'],
      }),
    )
    expect(document.contents).toContainEqual(
      expect.objectContaining({facts: expect.objectContaining({captured: {at: '2019-06', source: 'folder'}})}),
    )
  })

  test('goes into a file, replaces an earlier export, and nothing else', async () => {
    const file = join(box.root, 'out/library.json')
    expect(await box.json(['export', '--out', file])).toEqual({path: file, contents: 2})
    await tag('b.jpg', 'second')
    expect((await box.call(['export', '--out', file])).stdout).toContain('2 contents')
    expect(JSON.stringify(JSON.parse(await readFile(file, 'utf8')))).toContain('second')
    expect(await readdir(join(box.root, 'out'))).toEqual(['library.json'])
    const before = await hashes()
    expect((await box.json<ErrorJson>(['export', '--out', at('b.jpg')])).error).toMatchObject({code: 'USAGE', exitCode: 2})
    expect(await hashes()).toEqual(before)
    expect((await box.run(['export'])).exitCode).toBe(2)
  })
})

describe('export --xmp', () => {
  test('writes sidecars that give another library the same tags, and never touches media', async () => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('b.jpg'), 2)
    await scan()
    await tag('a.jpg', 'grandmother', 'travel/greece')
    const [before, tags] = [await hashes(), (await show('a.jpg')).tags.map(one => one.name).sort()]
    const dry = await exportXmp('--dry-run')
    expect(dry.written).toEqual([at('a.jpg.xmp'), at('b.jpg.xmp')])
    expect(await readdir(box.media)).toEqual(['a.jpg', 'b.jpg'])

    expect(await exportXmp()).toMatchObject({written: dry.written, failures: []})
    expect(await hashes()).toEqual(before)
    const xmp = await readFile(at('a.jpg.xmp'), 'utf8')
    expect(xmp).toMatch(/<dc:subject[^]*<rdf:li>grandmother<\/rdf:li>[^]*<\/dc:subject>/)
    expect(xmp).toMatch(/<lr:hierarchicalSubject[^]*<rdf:li>travel\|greece<\/rdf:li>/)
    expect(await exportXmp()).toMatchObject({written: [], unchanged: 2})

    await rm(box.dataDir, {recursive: true})
    await scan()
    expect(await names('a.jpg', 'manual')).toEqual(['grandmother', 'travel/greece'])
    expect((await show('a.jpg')).tags.map(one => one.name).sort()).toEqual(tags)
  })

  test('costs the library that wrote them no embedding, changes no tag there, and takes back what was taken away', async () => {
    await drawPicture(at('a.jpg'), 1)
    await scan()
    await tag('a.jpg', 'grandmother', 'mistake')
    const before = (await show('a.jpg')).tags
    await exportXmp()
    expect((await scan()).work?.done).toMatchObject({inspect: 1, embed: 0})
    expect((await show('a.jpg')).tags).toEqual(before)
    await box.json(['tag', 'remove', at('a.jpg'), 'mistake'])
    await exportXmp()
    expect(await readFile(at('a.jpg.xmp'), 'utf8')).not.toContain('mistake')
    await scan()
    expect(await names('a.jpg', 'manual')).toEqual(['grandmother'])
  })

  test('keeps what another program wrote, and adds ours; the next scan reads both', async () => {
    await drawPicture(at('a.jpg'), 1)
    await writeFile(at('a.xmp'), FOREIGN)
    await scan()
    expect(await show('a.jpg')).toMatchObject({
      location: {sidecars: [at('a.xmp')]},
      content: {facts: {description: 'Their words & more', rating: 4, keywords: ['Wedding', 'Delphi']}},
    })
    await tag('a.jpg', 'grandmother')
    expect((await exportXmp()).written).toEqual([at('a.xmp')])
    const merged = await readFile(at('a.xmp'), 'utf8')
    for (const kept of [
      'crs:Exposure2012="+0.35"',
      '0, 0',
      'Places|Greece|Delphi',
      'Their words &amp; more',
      'xmp:Rating="4"',
      '>Wedding<',
    ]) {
      expect(merged).toContain(kept)
    }
    expect(merged).toMatch(/<rdf:li>grandmother<\/rdf:li>/)
    expect(merged.match(/>wedding</gi)).toHaveLength(1)
    await scan()
    expect(await names('a.jpg', 'manual')).toEqual(['grandmother'])
    expect(await names('a.jpg', 'metadata')).toEqual(expect.arrayContaining(['wedding', 'delphi']))
    expect(await exportXmp()).toMatchObject({written: [], unchanged: 1})
  })

  test('gives each of two files that share a sidecar its own tags, and leaves the hierarchy as it is', async () => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('a.jpeg'), 2)
    await writeFile(at('a.xmp'), FOREIGN.replace('<rdf:li>Places|', '<rdf:li>People|Ada</rdf:li><rdf:li>Places|'))
    await scan()
    await tag('a.jpeg', 'first', 'mistake')
    await tag('a.jpg', 'second')
    expect((await exportXmp()).written.sort()).toEqual([at('a.jpg.xmp'), at('a.xmp')])
    const shared = await readFile(at('a.xmp'), 'utf8')
    expect(shared).toContain('<rdf:li>first</rdf:li>')
    expect(shared).not.toContain('second')
    expect(shared).not.toContain('<rdf:li>ada</rdf:li>')
    expect(await exportXmp()).toMatchObject({written: [], unchanged: 2})
    await box.run(['tag', 'remove', at('a.jpeg'), 'mistake'])
    await exportXmp()
    expect(await readFile(at('a.xmp'), 'utf8')).not.toMatch(/mistake|\n\s*\n/)

    await rm(box.dataDir, {recursive: true})
    await scan()
    expect(await names('a.jpeg', 'manual')).toEqual(['first'])
    expect(await names('a.jpg', 'manual')).toEqual(['second'])
  })

  test('gives a sidecar to the file that is left of those that shared it', async () => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('a.jpeg'), 2)
    await writeFile(at('a.xmp'), FOREIGN)
    await scan()
    await tag('a.jpg', 'left')
    await rm(at('a.jpeg'))
    await scan()
    expect((await exportXmp()).written).toEqual([at('a.xmp')])
  })

  test('leaves a sidecar alone that makes no sense, says so with exit 3, and goes on', async () => {
    await drawPicture(at('a.jpg'), 1)
    await drawPicture(at('b.jpg'), 2)
    await writeFile(at('a.jpg.xmp'), '<x:xmpmeta><broken')
    await scan()
    const {exitCode, stdout} = await box.run(['export', '--xmp'])
    expect(exitCode).toBe(3)
    expect(stdout).toContain('a.jpg')
    expect(stdout).toContain('left alone')
    expect(await readFile(at('a.jpg.xmp'), 'utf8')).toBe('<x:xmpmeta><broken')
    expect(await readdir(box.media)).toEqual(['a.jpg', 'a.jpg.xmp', 'b.jpg', 'b.jpg.xmp'])
  })

  test('writes a mirror of the folders with --to, begun with the sidecars that are there, and nothing beside the media', async () => {
    await mkdir(at('2019'))
    await drawPicture(at('a.jpg'), 1)
    await rename(at('a.jpg'), at('2019/a.jpg'))
    await writeFile(at('2019/a.xmp'), FOREIGN)
    await scan()
    await tag('2019/a.jpg', 'grandmother')
    const mirror = join(box.root, 'mirror')
    expect((await exportXmp('--to', mirror)).written).toEqual([`${mirror}${at('2019/a.jpg')}.xmp`])
    const xmp = await readFile(`${mirror}${at('2019/a.jpg')}.xmp`, 'utf8')
    expect(xmp).toContain('crs:Exposure2012')
    expect(xmp).toContain('grandmother')
    expect(await readdir(at('2019'))).toEqual(['a.jpg', 'a.xmp'])
    expect(await readFile(at('2019/a.xmp'), 'utf8')).toBe(FOREIGN)
  })
})
