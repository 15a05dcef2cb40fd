import {describe, expect, test} from 'vitest'
import {anyOf, parseQuery, textExpressions} from '../../dist/domain/query.js'

describe('a query', () => {
  test('is words, phrases and what must not be there', () => {
    expect(parseQuery('beach "red car" -dog -"old house"')).toEqual({
      meaning: 'beach red car',
      words: ['beach'],
      phrases: ['red car'],
      without: ['dog', 'old house'],
    })
  })

  test('keeps a minus inside a word', () => {
    expect(parseQuery('black-and-white').words).toEqual(['black-and-white'])
  })

  test.each(['', '   ', '"', '- -- "" *', '('])('holds nothing to look for: %j', text => {
    expect(parseQuery(text).meaning).toBe('')
  })

  test('becomes a strict expression and a loose one, without the words that say nothing', () => {
    expect(textExpressions(parseQuery('a dog in the snow'))).toEqual(['"dog" AND "snow"', '"dog" OR "snow"'])
  })

  test('keeps stop words where there is nothing else', () => {
    expect(textExpressions(parseQuery('the'))).toEqual(['"the"'])
  })

  test('looks for nothing that must not be there', () => {
    expect(textExpressions(parseQuery('dog -snow'))).toEqual(['("dog") NOT ("snow")'])
    expect(textExpressions(parseQuery('a dog in the snow -cat -"red car"'))).toEqual([
      '("dog" AND "snow") NOT ("cat" OR "red car")',
      '("dog" OR "snow") NOT ("cat" OR "red car")',
    ])
  })

  test('quotes every term, so that no operator of FTS5 is reached', () => {
    expect(textExpressions(parseQuery('NEAR(a* name:b'))).toEqual(['"NEAR(a*" AND "name:b"', '"NEAR(a*" OR "name:b"'])
    expect(anyOf(['say "x"'])).toBe('"say ""x"""')
    expect(anyOf([])).toBeNull()
  })
})
