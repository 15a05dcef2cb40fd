import {describe, expect, test} from 'vitest'
import {keyframeWeights, tagsOfMoments} from '../../dist/domain/moments.js'

const shot = (ordinal: number, startMs: number, endMs: number) =>
  ({ordinal, startMs, endMs, transition: 'cut', motion: 0}) as const

describe('what a video shows on the whole', () => {
  const seen = (name: string, confidence: number): {name: string; confidence: number}[] => [{name, confidence}]

  test('is weighted by how long each moment lasts', () => {
    const tags = tagsOfMoments([seen('dog', 0.9), seen('dog', 0.6), []], [3, 1, 4])
    expect(tags).toEqual([{name: 'dog', confidence: 0.825}])
  })

  test('leaves out what is seen for a moment and not surely', () => {
    const byMoment = [seen('dog', 0.8), seen('cat', 0.85), seen('zebra', 0.95)]
    expect(tagsOfMoments(byMoment, [98, 1, 1]).map(({name}) => name)).toEqual(['dog', 'zebra'])
  })
})

test('a keyframe stands for its share of its shot', () => {
  const shots = [shot(0, 0, 1000), shot(1, 1000, 9000)]
  expect(keyframeWeights(shots, [{atMs: 500}, {atMs: 2000}, {atMs: 7000}])).toEqual([1000, 4000, 4000])
  expect(keyframeWeights([], [{atMs: 500}])).toEqual([1])
})
