import {describe, expect, test} from 'vitest'
import {groupId, itemsOf, type Neighbour} from '../../dist/domain/parts.js'

const file = (name: string, parts: Partial<Neighbour> = {}): Neighbour => ({
  contentId: name.length * 1000 + name.charCodeAt(name.length - 1),
  path: `/photos/${name}`,
  kind: /\.(mov|mp4)$/i.test(name) ? 'video' : 'photo',
  durationMs: /\.(mov|mp4)$/i.test(name) ? 3000 : null,
  captured: null,
  livePhotoId: null,
  burstId: null,
  isBurstCover: false,
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

  const live = (livePhotoId: string) => ({livePhotoId})
  const burst = (burstId: string, isBurstCover = false) => ({burstId, isBurstCover})

  test.each([
    ['halves with one id, under other names', [file('a.HEIC', live('x')), file('b.MOV', live('x'))], ['a.HEIC + b.MOV']],
    [
      'halves with one id, whatever the clocks say',
      [
        file('a.HEIC', {...live('x'), ...exif('2019-02-03T14:05:06')}),
        file('a.MOV', {...live('x'), ...recorded('2020-01-01T00:00:00')}),
      ],
      ['a.HEIC + a.MOV'],
    ],
    ['halves of two', [file('a.HEIC', live('x')), file('a.MOV', live('y'))], ['a.HEIC', 'a.MOV']],
    [
      'a half of another one',
      [file('a.HEIC', live('x')), file('b.HEIC'), file('b.MOV', live('x'))],
      ['a.HEIC + b.MOV', 'b.HEIC'],
    ],
    ['a half whose photo has lost its id', [file('a.jpg'), file('a.MOV', live('x'))], ['a.jpg + a.MOV']],
    ['a recording alone', [file('a.MOV', live('x')), file('b.HEIC')], ['a.MOV', 'b.HEIC']],
    [
      'a burst, by its first',
      [file('a.jpg', burst('x')), file('b.jpg', burst('x')), file('c.jpg', burst('y'))],
      ['a.jpg + b.jpg', 'c.jpg'],
    ],
    ['a burst, by the one the camera chose', [file('a.jpg', burst('x')), file('b.jpg', burst('x', true))], ['b.jpg + a.jpg']],
    [
      'a burst with raw files',
      [file('a.jpg', burst('x')), file('a.dng'), file('b.jpg', burst('x')), file('b.dng')],
      ['a.jpg + a.dng + b.jpg + b.dng'],
    ],
    [
      'a burst, whatever its names hold',
      [file('a\nb_BURST1.jpg'), file('a\nb_BURST2.jpg')],
      ['a\nb_BURST1.jpg + a\nb_BURST2.jpg'],
    ],
    [
      'no burst by the name of its folder',
      [file('x_BURST1/a.jpg'), file('x_BURST1/b.jpg')],
      ['x_BURST1/a.jpg', 'x_BURST1/b.jpg'],
    ],
    [
      'a burst by its names',
      [file('I_1_BURST001.jpg'), file('I_1_BURST002_COVER.jpg'), file('I_2_BURST001.jpg')],
      ['I_1_BURST002_COVER.jpg + I_1_BURST001.jpg', 'I_2_BURST001.jpg'],
    ],
  ])('by what the camera wrote: %s', (_, files, items) => {
    expect(shape(...files)).toEqual(items)
  })

  test.each([
    ['4B1D2D9A-6F2C-4C51-9D0E-0B1A2C3D4E5F', true],
    ['4B1D2D9A-6F2C-4C51-9D0E-0B1A2C3D4E5F\0', true],
    ['00000000-0000-0000-0000-000000000000', false],
    ['1', false],
    [7, false],
  ])('are put together by %j: %s', (id, isOne) => {
    expect(groupId(id) !== undefined).toBe(isOne)
  })
})
