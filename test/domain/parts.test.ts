import {describe, expect, test} from 'vitest'
import {itemsOf, type Neighbour} from '../../dist/domain/parts.js'

const file = (name: string, parts: Partial<Neighbour> = {}): Neighbour => ({
  contentId: name.length * 1000 + name.charCodeAt(name.length - 1),
  path: `/photos/${name}`,
  kind: /\.(mov|mp4)$/i.test(name) ? 'video' : 'photo',
  durationMs: /\.(mov|mp4)$/i.test(name) ? 3000 : null,
  captured: null,
  ...parts,
})
const exif = (at: string) => ({captured: {at, source: 'exif'} as const})
const recorded = (at: string) => ({captured: {at, source: 'container'} as const})
const shape = (...files: Neighbour[]): string[] =>
  itemsOf(files).map(({main, parts}) => [main, ...parts].map(({path}) => path.slice('/photos/'.length)).join(' + '))

describe('items', () => {
  test.each([
    ['a raw file and its picture', [file('a.CR2'), file('a.jpg')], ['a.jpg + a.CR2']],
    ['a raw file alone', [file('a.CR2')], ['a.CR2']],
    ['both halves of a live photo', [file('a.HEIC'), file('a.MOV')], ['a.HEIC + a.MOV']],
    ['all three', [file('a.DNG'), file('a.HEIC'), file('a.MOV')], ['a.HEIC + a.DNG + a.MOV']],
    ['a picture made of another', [file('a.jpg'), file('a.png')], ['a.jpg', 'a.png']],
    ['a film beside a picture of it', [file('a.jpg'), file('a.mp4', {durationMs: 60_000})], ['a.jpg', 'a.mp4']],
    [
      'a film that is not there to move a photo',
      [file('a.jpg'), file('a.avi', {kind: 'video', durationMs: 2000})],
      ['a.jpg', 'a.avi'],
    ],
    ['films', [file('a.mov'), file('a.mp4')], ['a.mov', 'a.mp4']],
    ['sound', [file('a.jpg'), file('a.mp3', {kind: 'audio', durationMs: 2000})], ['a.jpg', 'a.mp3']],
  ])('%s', (_, files, items) => {
    expect(shape(...files)).toEqual(items)
  })

  test.each([
    ['2019-02-03T14:05:06', '2019-02-03T14:05:08', true],
    ['2019-02-03T14:05:06', '2019-02-03T13:05:04Z', true],
    ['2019-02-03T14:05:06+05:45', '2019-02-03T08:20:06Z', true],
    ['2019-02-03T14:05:06', '2019-02-03T14:06:06', false],
    ['2019-02-03T14:05:06', '2019-02-05T14:05:06', false],
  ])('of a photo at %s and a recording at %s: %s', (photo, movie, isOne) => {
    expect(shape(file('a.HEIC', exif(photo)), file('a.MOV', recorded(movie)))).toHaveLength(isOne ? 1 : 2)
  })
})
