import {byteRange, literal, type Grammar, type Sequence} from './grammar.js'

/** A limit of what a number may be. */
export interface Limit {
  value: number
  exclusive: boolean
}

/** So many digits a double holds whatever they are: texts of no more are different numbers where they differ. */
const MOST_DIGITS = 15
/** Whole digits on a side that has no limit, where fractions are wanted too. */
const FREE_DIGITS = 9

/**
 * The choices for a number between two limits, either of which may be missing, written without an exponent. Numbers are looked at as whole
 * multiples of the last digit that may be written, so that every comparison is exact. None where no such number is between them.
 */
export function numbersBetween(
  grammar: Grammar,
  least: Limit | undefined,
  most: Limit | undefined,
  {fractions}: {fractions: boolean},
): Sequence[] {
  const limits = [least, most].flatMap(limit => (limit === undefined ? [] : [Math.trunc(Math.abs(limit.value))]))
  const digits = Math.max(...limits.map(value => value.toFixed(0).length), limits.length < 2 ? FREE_DIGITS : 1)
  const places = fractions ? Math.max(0, MOST_DIGITS - digits) : 0
  const end = 10n ** BigInt(fractions ? Math.min(digits + places, MOST_DIGITS) : MOST_DIGITS) - 1n
  const from = least === undefined ? -end : larger(-end, inUnits(least, places, 1n))
  const to = most === undefined ? end : smaller(end, inUnits(most, places, -1n))
  return [
    ...betweenUnits(grammar, larger(from, 0n), to, places),
    ...betweenUnits(grammar, larger(-to, 1n), -from, places).map(choice => [...literal('-'), ...choice]),
  ]
}

/** In units of the last of so many decimal places, rounded towards the inside, which is upwards (1) or downwards (-1). */
function inUnits({value, exclusive}: Limit, places: number, inside: 1n | -1n): bigint {
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const shift = Number(exponent) - fraction.length + places
  const scaled = BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, shift))
  const divisor = 10n ** BigInt(Math.max(0, -shift))
  const signed = value < 0 ? -scaled : scaled
  // Towards 0, which is where a whole unit more may be missing.
  const units = signed / divisor
  const rest = signed % divisor
  if (rest === 0n) return exclusive ? units + inside : units
  return rest > 0n === inside > 0n ? units + inside : units
}

function betweenUnits(grammar: Grammar, from: bigint, to: bigint, places: number): Sequence[] {
  if (from > to) return []
  const unit = 10n ** BigInt(places)
  const fractionOf = (units: bigint): string => (places === 0 ? '' : String(units % unit).padStart(places, '0'))
  const [first, last] = [from / unit, to / unit]
  const [none, all] = ['0'.repeat(places), '9'.repeat(places)]
  const one = (whole: bigint, least: string, most: string): Sequence[] =>
    fractionsBetween(grammar, least, most).map(fraction => [...literal(String(whole)), ...fraction])
  if (first === last) return one(first, fractionOf(from), fractionOf(to))
  const any = {rule: grammar.add(fractionsBetween(grammar, none, all))}
  return [
    ...one(first, fractionOf(from), all),
    ...wholesBetween(grammar, first + 1n, last - 1n).map(whole => [...whole, any]),
    ...one(last, none, fractionOf(to)),
  ]
}

/** Whole numbers, each length by itself. */
function wholesBetween(grammar: Grammar, from: bigint, to: bigint): Sequence[] {
  const choices: Sequence[] = []
  for (let digits = String(from).length; from <= to; digits++) {
    const last = smaller(to, 10n ** BigInt(digits) - 1n)
    choices.push(...digitsBetween(grammar, String(from), String(last), false))
    from = last + 1n
  }
  return choices
}

/** A point and digits, or nothing at all where that is enough. */
function fractionsBetween(grammar: Grammar, least: string, most: string): Sequence[] {
  const none: Sequence[] = isOnly('0', least) ? [[]] : []
  const some = least === '' ? [] : digitsBetween(grammar, least, most, true)
  return [...none, ...some.map(digits => [...literal('.'), ...digits])]
}

/** Digits between two rows of the same length; `open`: zeros at the end may be left out, but not all digits. */
function digitsBetween(grammar: Grammar, least: string, most: string, open: boolean): Sequence[] {
  const length = least.length
  const digit = (first: string, last: string): Sequence => [{bytes: byteRange(first.charCodeAt(0), last.charCodeAt(0))}]
  if (length === 0) return [[]]
  const [low, high] = [least.charAt(0), most.charAt(0)]
  const behind = (from: string, to: string): Sequence => {
    if (from === '') return []
    if (isOnly('0', from) && isOnly('9', to)) {
      const any = grammar.add([digit('0', '9')])
      return [{repeat: any, least: open ? 0 : length - 1, most: length - 1}]
    }
    const end: Sequence[] = open && isOnly('0', from) ? [[]] : []
    return [{rule: grammar.add([...end, ...digitsBetween(grammar, from, to, open)])}]
  }
  const [rest, zeros, nines] = [(digits: string): string => digits.slice(1), '0'.repeat(length - 1), '9'.repeat(length - 1)]
  if (low === high) return [[...digit(low, low), ...behind(rest(least), rest(most))]]
  const between = [next(low, 1), next(high, -1)] as const
  return [
    [...digit(low, low), ...behind(rest(least), nines)],
    ...(between[0] <= between[1] ? [[...digit(...between), ...behind(zeros, nines)]] : []),
    [...digit(high, high), ...behind(zeros, rest(most))],
  ]
}

function next(digit: string, by: number): string {
  return String(Number(digit) + by)
}

function isOnly(digit: string, text: string): boolean {
  return Array.from(text).every(own => own === digit)
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
