import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openFileSystem} from '../../dist/adapters/files/file-system.js'
import type {EmbeddedSubtitles} from '../../dist/domain/ports/media-tools.js'
import {findSubtitles} from '../../dist/services/subtitles.js'

type Location = Parameters<typeof findSubtitles>[1]['locations'][number]
type Video = Parameters<typeof findSubtitles>[0]['video']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-subtitles-'))
})
afterAll(() => rm(folder, {recursive: true}))

const cue = (second: number, text: string): string => `00:00:0${second}.000 --> 00:00:0${second}.500\n${text}\n\n`

/** What is said in a film with these files beside it, as `file: words`. */
async function said(name: string, files: Record<string, string>, within: EmbeddedSubtitles[] = []): Promise<string[]> {
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
  const path = join(folder, name)
  const ports = {
    files: openFileSystem(),
    video: {subtitles: () => Promise.resolve(within)} as Partial<Video> as Video,
  }
  const locations = [{path, state: 'present'} as Partial<Location> as Location]
  const cues = await findSubtitles(ports, {locations}, path, {signal: new AbortController().signal})
  return cues.map(({source, text}) => `${source}: ${text}`)
}

test('subtitles of every language count, in the order in which they are said', async () => {
  const files = {'two.de.srt': cue(1, 'Der Elefant') + cue(3, 'Ende'), 'two.en.srt': cue(1, 'The elephant') + cue(2, 'walks')}
  expect(await said('two.mp4', files)).toEqual([
    'two.de.srt: Der Elefant',
    'two.en.srt: The elephant',
    'two.en.srt: walks',
    'two.de.srt: Ende',
  ])
})

test('of one language the plainest counts, and the same words at the same time once', async () => {
  const plain = cue(1, 'Hello') + cue(2, 'World')
  const files = {
    'one.en.forced.srt': cue(2, 'Sign'),
    'one.en.sdh.srt': cue(1, '[door] Hello'),
    'one.en.srt': plain,
    'one.vtt': `WEBVTT\n\n${plain}`,
  }
  expect((await said('one.mp4', files)).map(line => line.replace(/^.*: /, ''))).toEqual(['Hello', 'World'])
})

test('a variant counts where there is nothing plainer', async () => {
  expect(await said('three.mp4', {'three.en.srt': 'nothing', 'three.en.sdh.srt': cue(1, '[door] Hello')})).toEqual([
    'three.en.sdh.srt: [door] Hello',
  ])
})

test('where there is no file, those within count', async () => {
  const stream = (language: string | null, words: string, isVariant = false) => ({language, isVariant, bytes: Buffer.from(words)})
  const streams = [
    stream('eng', cue(1, '[door] Hello'), true),
    stream('eng', cue(1, 'Hello')),
    stream('ger', cue(1, 'Hallo')),
    stream(null, cue(2, 'Ciao')),
    stream(null, cue(3, 'Hej')),
  ]
  expect(await said('four.mp4', {}, streams)).toEqual(['Hello', 'Hallo', 'Ciao', 'Hej'].map(words => `embedded: ${words}`))
  expect(await said('five.mp4', {'five.srt': cue(1, 'Beside')}, streams)).toEqual(['five.srt: Beside'])
})
