import {describe, expect, test} from 'vitest'
import {pairSidecars, xmpOwners} from '../../dist/domain/sidecars.js'
import {readTakeout} from '../../dist/domain/takeout.js'

const LONG = 'a picture with a name so long that it is cut off by takeout.jpg'

describe('sidecars', () => {
  test.each([
    ['IMG.jpg', 'IMG.jpg.json'],
    ['IMG.jpg', 'IMG.jpg.supplemental-metadata.json'],
    ['IMG.jpg', 'IMG.jpg.supplemental-me.json'],
    ['IMG.jpg', 'IMG.jpg.suppl.json'],
    ['IMG.jpg', 'IMG.jpg..json'],
    ['IMG(1).jpg', 'IMG.jpg(1).json'],
    ['IMG(2).jpg', 'IMG.jpg.supplemental-metadata(2).json'],
    ['IMG(1).jpg', 'IMG(1).jpg.json'],
    ['IMG-edited.jpg', 'IMG.jpg.json'],
    ['IMG-bearbeitet.jpg', 'IMG.jpg.supplemental-metadata.json'],
    ['IMG_0001.HEIC', 'img_0001.heic.json'],
    [LONG, `${LONG.slice(0, 46)}.json`],
    [LONG.slice(0, 47) + '.jpg', `${LONG.slice(0, 46)}.json`],
    ['IMG.NEF', 'IMG.xmp'],
    ['IMG.jpg', 'IMG.jpg.xmp'],
    ['IMG.jpg', 'IMG.XMP'],
  ])('%s has %s', (media, sidecar) => {
    expect(pairSidecars([media, sidecar, 'other.jpg']).get(media)).toEqual([sidecar])
  })

  test.each([
    ['IMG.jpg', 'IMG2.jpg.json'],
    ['IMG.jpg', 'IMG.jpg(1).json'],
    ['IMG(1).jpg', 'IMG.jpg.json'],
    ['IMG.jpg', 'metadata.json'],
    ['IMG.jpg', 'IMG.png.xmp'],
  ])('%s has nothing to do with %s', (media, other) => {
    expect(pairSidecars([media, other])).toEqual(new Map())
  })

  test('go with both halves of a live photo, and a short name with the raw file', () => {
    expect(pairSidecars(['IMG.HEIC', 'IMG.MOV', 'IMG.HEIC.json'])).toEqual(
      new Map([
        ['IMG.HEIC', ['IMG.HEIC.json']],
        ['IMG.MOV', ['IMG.HEIC.json']],
      ]),
    )
    expect(pairSidecars(['IMG.CR2', 'IMG.JPG', 'IMG.xmp'])).toEqual(new Map([['IMG.CR2', ['IMG.xmp']]]))
  })

  test('that are shared are written by one file: by its whole name, or the first still', () => {
    const pairs = pairSidecars(['IMG.HEIC', 'IMG.MOV', 'IMG.xmp', 'b.jpg', 'b.png', 'b.xmp', 'b.jpg.xmp', 'c.jpg', 'c.jpg.json'])
    const owners = xmpOwners([...pairs].map(([name, sidecars]) => ({name, sidecars})))
    expect(Object.fromEntries(owners)).toEqual({'IMG.HEIC': 'IMG.xmp', 'b.jpg': 'b.jpg.xmp', 'b.png': 'b.xmp'})
  })

  test('keep numbered files apart', () => {
    const names = ['IMG.jpg', 'IMG(1).jpg', 'IMG.jpg.supplemental-metadata.json', 'IMG.jpg.supplemental-metadata(1).json']
    expect(pairSidecars(names)).toEqual(
      new Map([
        ['IMG.jpg', ['IMG.jpg.supplemental-metadata.json']],
        ['IMG(1).jpg', ['IMG.jpg.supplemental-metadata(1).json']],
      ]),
    )
  })

  test('of Takeout tell time, place, words and people', () => {
    const json = {
      title: 'IMG.jpg',
      description: ' On the beach ',
      photoTakenTime: {timestamp: '1549202706', formatted: '…'},
      geoData: {latitude: 46.5, longitude: 6.25, altitude: 375.5, latitudeSpan: 0},
      people: [{name: 'Ada Lovelace'}, {name: ''}],
    }
    expect(readTakeout(json)).toEqual({
      captured: {at: '2019-02-03T14:05:06Z', source: 'sidecar'},
      location: {latitude: 46.5, longitude: 6.25, altitudeM: 375.5},
      description: 'On the beach',
      people: ['Ada Lovelace'],
    })
  })

  test.each([null, [], 'text', {}, {title: 'an album'}, {photoTakenTime: {timestamp: '1'}}])('%j tells nothing', json => {
    expect(readTakeout(json)).toEqual({})
  })

  test('with zeroes for a place and no description tell the time alone', () => {
    const json = {title: 'a', description: '', photoTakenTime: {timestamp: '-86400'}, geoData: {latitude: 0, longitude: 0}}
    expect(readTakeout(json)).toEqual({captured: {at: '1969-12-31T00:00:00Z', source: 'sidecar'}})
  })
})
