import {describe, expect, test} from 'vitest'
import {isPlausible, readTimestamp} from '../../dist/domain/timestamps.js'

describe('timestamps', () => {
  test.each([
    ['2019:02:03 14:05:06', undefined, '2019-02-03T14:05:06'],
    ['2019:02:03 14:05:06', '+02:00', '2019-02-03T14:05:06+02:00'],
    ['2019:02:03 14:05:06.123', '+0200', '2019-02-03T14:05:06+02:00'],
    ['2019-02-03T14:05:06.000000Z', undefined, '2019-02-03T14:05:06Z'],
    ['2019-02-03T14:05:06+0300', undefined, '2019-02-03T14:05:06+03:00'],
    ['2019-02-03T14:05', undefined, '2019-02-03T14:05:00'],
    ['2019:02:03 14:05:06', '   :  ', '2019-02-03T14:05:06'],
    ['2019-02-03', '+02:00', '2019-02-03'],
    ['2019-06', undefined, '2019-06'],
    ['2019', undefined, '2019'],
    ['2019:02:03 25:61:00', undefined, '2019-02-03'],
  ])('%s with %s is %s', (text, offset, at) => {
    expect(readTimestamp(text, offset)).toBe(at)
  })

  test.each(['0000:00:00 00:00:00', '    :  :     :  :  ', '2019:13:01 00:00:00', '2019:02:30 00:00:00', '', 'yesterday'])(
    '%s is none',
    text => {
      expect(readTimestamp(text)).toBeUndefined()
    },
  )

  const now = Date.parse('2024-05-06T12:00:00Z')
  test.each(['2019-02-03T14:05:06', '2019', '1945-05-08', '2000-01-01T00:01:00', '2024-05-07T01:00:00+14:00'])(
    '%s is plausible',
    at => {
      expect(isPlausible(at, now)).toBe(true)
    },
  )
  test.each([
    '0001-01-01',
    '1825-12-31',
    '1970-01-01T00:00:00',
    '1970-01-01T05:06:07Z',
    '1904-01-01T00:00:00Z',
    '1980-01-01T00:00:00',
    '2000-01-01T00:00:00',
    '2024-05-09',
    '2099-01-01T00:00:00',
  ])('%s is not', at => {
    expect(isPlausible(at, now)).toBe(false)
  })
})
