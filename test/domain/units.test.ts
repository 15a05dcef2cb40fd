import {describe, expect, test} from 'vitest'
import {dateSpan, formatDuration, formatSize, parseDuration, parseSize} from '../../dist/domain/units.js'

test.each([
  ['2019', '2019-01-01', '2020-01-01'],
  ['2019-12', '2019-12-01', '2020-01-01'],
  ['2020-02-29', '2020-02-29', '2020-03-01'],
])('the span of %s is %s to %s', (text, from, until) => {
  expect(dateSpan(text)).toEqual({from, until})
})

test.each(['', '19', 'yesterday', '2019-13', '2019-02-30', '2019-6-3'])('%j is no date', text => {
  expect(() => dateSpan(text)).toThrow(expect.objectContaining({code: 'USAGE'}) as Error)
})

test.each([
  ['500', 500],
  ['500k', 500_000],
  ['10MB', 10_000_000],
  ['1.5 g', 1_500_000_000],
])('the size %s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each([
  ['90', 90_000],
  ['1.5s', 1500],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1:30', 90_000],
  ['1:00:05', 3_605_000],
])('the duration %s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', 'MB', '-5k', '10 parsecs'])('%j is no size', text => {
  expect(() => parseSize(text)).toThrow(expect.objectContaining({code: 'USAGE'}) as Error)
})

test.each(['', 'h', 'soon', '1:2:3:4'])('%j is no duration', text => {
  expect(() => parseDuration(text)).toThrow(expect.objectContaining({code: 'USAGE'}) as Error)
})

describe('for people', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [12_340, '12.3 kB'],
    [99_500, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [2.5e12, '2.5 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })

  test.each([
    [0, '0:00'],
    [65_400, '1:05'],
    [7_389_000, '2:03:09'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})
