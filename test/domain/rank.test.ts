import {describe, expect, test} from 'vitest'
import {fuse, mergeBest} from '../../dist/domain/rank.js'

const ranked = (...ids: number[]) =>
  ids.map((contentId, i) => ({contentId, score: 1 / (i + 1), certainty: 1 / (i + 1), atMs: null}))

describe('reciprocal rank fusion', () => {
  test('scores first place in every list as 1', () => {
    const [first] = fuse([
      {leg: 'words', ranked: ranked(7, 8)},
      {leg: 'picture', ranked: ranked(7, 9)},
    ])
    expect(first).toMatchObject({
      contentId: 7,
      score: 1,
      legs: [
        {leg: 'words', rank: 1},
        {leg: 'picture', rank: 1},
      ],
    })
  })

  test('lifts what stands in two lists above the head of one', () => {
    const order = fuse([
      {leg: 'words', ranked: ranked(1, 2)},
      {leg: 'picture', ranked: ranked(3, 2)},
    ]).map(entry => entry.contentId)
    expect(order).toEqual([2, 1, 3])
  })

  test('scores what only one of two lists knows as half as good', () => {
    const [first] = fuse([
      {leg: 'words', ranked: ranked(1)},
      {leg: 'text', ranked: []},
    ])
    expect(first?.score).toBe(0.5)
  })

  test('of nothing is nothing', () => {
    expect(fuse([])).toEqual([])
  })
})

test('merging keeps the best certainty of a content, and its moment', () => {
  const merged = mergeBest([
    {
      leg: 'picture',
      ranked: [
        {contentId: 1, score: 0.4, certainty: 0.4, atMs: 5000},
        {contentId: 2, score: 0.3, certainty: 0.3, atMs: null},
      ],
    },
    {
      leg: 'text',
      ranked: [
        {contentId: 2, score: 0.9, certainty: 0.9, atMs: null},
        {contentId: 1, score: 0.1, certainty: 0.1, atMs: null},
      ],
    },
  ])
  expect(merged.map(({contentId, score, atMs}) => [contentId, score, atMs])).toEqual([
    [2, 0.9, null],
    [1, 0.4, 5000],
  ])
})
