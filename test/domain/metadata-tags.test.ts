import {describe, expect, test} from 'vitest'
import {metadataTags, type Evidence} from '../../dist/domain/metadata-tags.js'

const photo: Evidence = {format: {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'}, facts: {}, statistics: null, places: []}
const plain = {brightness: 0.5, colourfulness: 0.1, sharpness: 500}
const names = (evidence: Partial<Evidence>): string[] => metadataTags({...photo, ...evidence}).map(tag => tag.name)

describe('tags from metadata', () => {
  test('are none where nothing is known', () => {
    expect(names({})).toEqual([])
  })

  test.each([
    ['2019-07-01T12:00:00', 64, 'summer'],
    ['2019-07-01T12:00:00', -33, 'winter'],
    ['2019-12-31T12:00:00', 48, 'winter'],
    ['2019-04-01T12:00:00', -33, 'autumn'],
  ])('at %s and latitude %d it is %s', (at, latitude, season) => {
    expect(names({facts: {captured: {at, source: 'exif'}, location: {latitude, longitude: 10}}})).toContain(season)
  })

  test('name no season in the tropics, without a place, or by the file system alone', () => {
    const captured = {at: '2019-07-01T12:00:00', source: 'exif'} as const
    expect(names({facts: {captured, location: {latitude: 5, longitude: 10}}})).toEqual([])
    expect(names({facts: {captured}})).toEqual([])
    expect(names({facts: {captured: {...captured, source: 'mtime'}, location: {latitude: 64, longitude: 10}}})).toEqual([])
  })

  test('call it night only when the clock and the picture agree', () => {
    const captured = {at: '2019-07-01T23:10:00', source: 'exif'} as const
    expect(names({facts: {captured}, statistics: {...plain, brightness: 0.1}})).toContain('night')
    expect(names({facts: {captured}, statistics: plain})).not.toContain('night')
    expect(
      names({facts: {captured: {...captured, at: '2019-07-01T12:00:00'}}, statistics: {...plain, brightness: 0.1}}),
    ).not.toContain('night')
  })

  test.each([
    [4000, 3000, 'landscape orientation'],
    [3000, 4000, 'portrait orientation'],
    [1000, 1000, 'square'],
    [9000, 3000, 'panorama'],
  ])('%d × %d is %s', (width, height, name) => {
    expect(names({facts: {width, height}})).toEqual([name])
  })

  test('name the camera once', () => {
    expect(names({facts: {cameraMake: 'Canon', cameraModel: 'Canon EOS 40D'}})).toEqual(['canon eos 40d'])
    expect(names({facts: {cameraMake: 'NIKON CORPORATION', cameraModel: 'D300'}})).toEqual(['nikon d300'])
  })

  test('see black-and-white and blurred pictures', () => {
    expect(names({statistics: {...plain, colourfulness: 0.002}})).toEqual(['black-and-white'])
    expect(names({statistics: {...plain, sharpness: 3}})).toEqual(['blurred'])
    expect(names({statistics: plain})).toEqual([])
  })

  test('are each sure between 0 and 1', () => {
    for (const tag of metadataTags({...photo, places: ['Iceland'], facts: {keywords: ['Dogs', 'dog']}})) {
      expect(tag).toMatchObject({source: 'metadata', confidence: 1})
    }
    expect(names({places: ['Iceland'], facts: {keywords: ['Dogs', 'dog']}})).toEqual(['dog', 'iceland'])
  })
})
