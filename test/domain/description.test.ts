import {describe, expect, test} from 'vitest'
import {describeContent, type DescribedPlace} from '../../dist/domain/description.js'
import {CAPTURE_SOURCES} from '../../dist/domain/media.js'

const NOW = Date.parse('2024-05-06T12:00:00Z')
const place = (parts: Partial<DescribedPlace> = {}): DescribedPlace => ({
  name: 'a.jpg',
  folder: 'Pictures',
  mtimeMs: Date.parse('2022-01-02T03:04:05Z'),
  present: true,
  sidecars: {},
  ...parts,
})
const captured = (own: Parameters<typeof describeContent>[0], ...places: DescribedPlace[]) =>
  describeContent(own, places, NOW).captured

describe('the date that counts', () => {
  test('is taken in the stated order, and the next one where one is implausible', () => {
    const all = place({
      name: 'IMG_20190203_140506.jpg',
      folder: 'Pictures/2018-05',
      sidecars: {captured: {at: '2020-01-01T01:00:00Z', source: 'sidecar'}},
    })
    expect(captured({captured: {at: '2021-01-01T01:00:00', source: 'exif'}}, all)?.source).toBe('exif')
    expect(captured({captured: {at: '1970-01-01T01:00:00', source: 'exif'}}, all)).toEqual({
      at: '2020-01-01T01:00:00Z',
      source: 'sidecar',
    })
    expect(captured({}, {...all, sidecars: {captured: {at: '2044-01-01', source: 'sidecar'}}})).toEqual({
      at: '2019-02-03T14:05:06',
      source: 'name',
    })
    expect(captured({captured: {at: '2021-01-01T01:00:00', source: 'edit'}}, {...all, name: 'a.jpg', sidecars: {}})).toEqual({
      at: '2018-05',
      source: 'folder',
    })
    expect(captured({}, place())).toEqual({at: '2022-01-02T03:04:05Z', source: 'mtime'})
    expect(captured({}, place({mtimeMs: 0}))).toBeUndefined()
    expect(captured({}, place({mtimeMs: 1e300}))).toBeUndefined()
    expect(CAPTURE_SOURCES).toEqual(['exif', 'container', 'tags', 'sidecar', 'name', 'folder', 'edit', 'mtime'])
  })

  test('is that of the place where the file is now, and of copies the earlier one, in whatever order they were met', () => {
    const here = place({folder: 'Pictures/2019'})
    const gone = place({folder: 'Pictures/2018', present: false})
    const copy = place({folder: 'Pictures/2020'})
    expect(captured({}, gone, copy, here)?.at).toBe('2019')
    expect(captured({}, here, copy, gone)?.at).toBe('2019')
    expect(captured({}, gone)?.at).toBe('2018')
  })
})

test('words of the file and of all sidecars come together', () => {
  const facts = describeContent(
    {keywords: ['beach'], description: 'own', rating: 2},
    [
      place({sidecars: {keywords: ['beach', 'sun'], description: 'told', rating: 5}}),
      place({present: false, sidecars: {people: ['Ada'], location: {latitude: 1, longitude: 2}}}),
    ],
    NOW,
  )
  expect(facts).toMatchObject({
    keywords: ['beach', 'sun'],
    description: 'own',
    rating: 5,
    people: ['Ada'],
    location: {latitude: 1, longitude: 2},
  })
})
