import {basename, join} from 'node:path'
import {expect, test} from 'vitest'
import {openFileSystem} from '../../../dist/adapters/files/file-system.js'
import {tempFolder} from './temp-folder.js'

test.each([
  ['film.mp4', ['film.srt', 'film.mp4.srt', 'film.en.srt', 'Film.pt-BR.forced.VTT']],
  ['film.2.mp4', ['film.2.srt', 'film.2.de.srt']],
  ['film.avi', ['film.avi.srt', 'film.srt', 'film.en.srt', 'Film.pt-BR.forced.VTT']],
  ['film.de.mkv', ['film.de.srt']],
  ['films.mp4', []],
])('the subtitles of %s are %j', async (name, expected) => {
  const films = ['film.mp4', 'film.avi', 'film.de.mkv', 'films.mp4']
  const texts = ['film.srt', 'film.mp4.srt', 'film.avi.srt', 'film.en.srt', 'Film.pt-BR.forced.VTT', 'film.2.srt', 'film.2.de.srt', 'film.de.srt', 'film.chapters.vtt', 'film.3.srt', 'filmen.srt'] // prettier-ignore
  const folder = tempFolder(Object.fromEntries([...films, ...texts].map(file => [file, 'x'])))
  const found = await openFileSystem().companions(join(folder, name), ['.srt', '.vtt'])
  expect(found.map(({path}) => basename(path)).sort()).toEqual([...expected].sort())
})
