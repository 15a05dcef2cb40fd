import {byteRange, literal, type Grammar, type Sequence} from './grammar.js'

/** The rules of JSON itself (RFC 8259). White space is at most one space behind a comma or a colon, so that a model cannot fill a text with it. */
export interface JsonRules {
  /** One character of a string: as it is, or one of the short escapes. */
  character: number
  string: number
  number: number
  integer: number
  object: number
  array: number
  value: number
  comma: Sequence
  colon: Sequence
}

/** Whole numbers that a double holds exactly, and fractions and exponents that cannot overflow it. */
const MOST_DIGITS = 15

export function addJsonRules(grammar: Grammar): JsonRules {
  const rest = {bytes: byteRange(0x80, 0xbf)}
  const bytes = (first: number, last = first): {bytes: ReadonlySet<number>} => ({bytes: byteRange(first, last)})
  const plain = byteRange(0x20, 0x7f)
  // Unicode 16, table 3-7: well-formed UTF-8.
  const character = grammar.add([
    [{bytes: new Set([...plain].filter(byte => byte !== 0x22 && byte !== 0x5c))}],
    [bytes(0xc2, 0xdf), rest],
    [bytes(0xe0), bytes(0xa0, 0xbf), rest],
    [{bytes: new Set([...byteRange(0xe1, 0xec), 0xee, 0xef])}, rest, rest],
    [bytes(0xed), bytes(0x80, 0x9f), rest],
    [bytes(0xf0), bytes(0x90, 0xbf), rest, rest],
    [bytes(0xf1, 0xf3), rest, rest, rest],
    [bytes(0xf4), bytes(0x80, 0x8f), rest, rest],
    [...literal('\\'), {bytes: new Set(Buffer.from('"\\/bfnrt'))}],
  ])
  const space = grammar.add([literal(' ')])
  const maybeSpace = {repeat: space, least: 0, most: 1}
  const comma = [...literal(','), maybeSpace]
  const colon = [...literal(':'), maybeSpace]

  const string = grammar.add([[...literal('"'), {repeat: character, least: 0, most: Infinity}, ...literal('"')]])
  const digit = grammar.add([[bytes(0x30, 0x39)]])
  const minus = grammar.add([literal('-')])
  const sign = grammar.add([[{bytes: new Set(Buffer.from('+-'))}]])
  const integer = grammar.add([
    literal('0'),
    [{repeat: minus, least: 0, most: 1}, bytes(0x31, 0x39), {repeat: digit, least: 0, most: MOST_DIGITS - 1}],
  ])
  const whole = grammar.add([literal('0'), [bytes(0x31, 0x39), {repeat: digit, least: 0, most: MOST_DIGITS - 1}]])
  const fraction = grammar.add([[...literal('.'), {repeat: digit, least: 1, most: MOST_DIGITS}]])
  const exponent = grammar.add([
    [{bytes: new Set(Buffer.from('eE'))}, {repeat: sign, least: 0, most: 1}, {repeat: digit, least: 1, most: 2}],
  ])
  const number = grammar.add([
    [
      {repeat: minus, least: 0, most: 1},
      {rule: whole},
      {repeat: fraction, least: 0, most: 1},
      {repeat: exponent, least: 0, most: 1},
    ],
  ])

  const value = grammar.reserve()
  const list = (open: string, item: Sequence, close: string): number => {
    const more = grammar.add([[...comma, ...item]])
    return grammar.add([
      literal(open + close),
      [...literal(open), ...item, {repeat: more, least: 0, most: Infinity}, ...literal(close)],
    ])
  }
  const object = list('{', [{rule: string}, ...colon, {rule: value}], '}')
  const array = list('[', [{rule: value}], ']')
  grammar.define(value, [...[string, number, object, array].map(rule => [{rule}]), ...['true', 'false', 'null'].map(literal)])
  return {character, string, number, integer, object, array, value, comma, colon}
}
