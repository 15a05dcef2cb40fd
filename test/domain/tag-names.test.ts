import {describe, expect, test} from 'vitest'
import {normaliseTag, normaliseTags} from '../../dist/domain/tag-names.js'

describe('a tag name', () => {
  test.each([
    ['Dogs', 'dog'],
    ['  Red   Cars ', 'red car'],
    ['#sunset', 'sunset'],
    ['golden_hour', 'golden hour'],
    ['Cities', 'city'],
    ['boxes', 'box'],
    ['beaches', 'beach'],
    ['tomatoes', 'tomato'],
    ['houses', 'house'],
    ['women', 'woman'],
    ['wolves', 'wolf'],
    ['horses', 'horse'],
    ['buses', 'bus'],
    ['knives', 'knife'],
    ['children', 'child'],
    ['cats and dogs', 'cats and dog'],
  ])('%j is written %j', (text, name) => {
    expect(normaliseTag(text)).toBe(name)
  })

  test.each(
    'glass,bus,paris,tennis,skis,scissors,sunglasses,christmas,james,thomas,las vegas,blues,bahamas,canvas,mercedes,united states'.split(
      ',',
    ),
  )('%j is no plural', word => {
    expect(normaliseTag(word)).toBe(word)
  })

  test.each([
    ['puppies', 'dog'],
    ['Automobile', 'car'],
    ['B&W', 'black-and-white'],
    ['people', 'person'],
    ['smartphones', 'cell phone'],
  ])('%j is another word for %j', (text, name) => {
    expect(normaliseTag(text)).toBe(name)
  })

  test('is stable: normalising twice changes nothing', () => {
    for (const text of ['Dogs', 'Glasses', 'Bosses', 'analyses', 'Leaves', 'photo booths', 'élèves', '犬']) {
      expect(normaliseTag(normaliseTag(text))).toBe(normaliseTag(text))
    }
  })
})

test('a list of tags loses repetitions and what is empty', () => {
  expect(normaliseTags(['Dog', 'dogs', ' ', 'Beach'])).toEqual(['dog', 'beach'])
})
