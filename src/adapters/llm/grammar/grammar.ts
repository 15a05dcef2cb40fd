/** One byte of a set, what another rule says, or what it says so many times; `most` may be `Infinity`. */
export type Element = {bytes: ReadonlySet<number>} | {rule: number} | {repeat: number; least: number; most: number}

/** Elements one after the other. */
export type Sequence = readonly Element[]

const KINDS = {end: 0, or: 1, byte: 2, rule: 3, repeat: 4}

/** Rules of bytes, each a choice of sequences. The first one reserved is the whole text. */
export interface Grammar {
  /** A rule's number before what it says is known, so that it can refer to itself. */
  reserve(): number
  define(rule: number, choices: readonly Sequence[]): void
  add(choices: readonly Sequence[]): number
  readonly rules: readonly (readonly Sequence[])[]
}

export function newGrammar(): Grammar {
  const rules: (readonly Sequence[])[] = []
  const grammar: Grammar = {
    reserve: () => rules.push([]) - 1,
    define(rule, choices) {
      rules[rule] = choices
    },
    add(choices) {
      const rule = grammar.reserve()
      grammar.define(rule, choices)
      return rule
    },
    rules,
  }
  return grammar
}

/** Whether a rule has a text of finite length. */
export function canEnd({rules}: Grammar, wanted: number): boolean {
  const ending = new Set<number>()
  const ends = (element: Element): boolean =>
    'bytes' in element || ('rule' in element ? ending.has(element.rule) : element.least === 0 || ending.has(element.repeat))
  // What a rule refers to mostly stands behind it.
  for (let known = -1; known < ending.size;) {
    known = ending.size
    for (let rule = rules.length - 1; rule >= 0; rule--) {
      if (!ending.has(rule) && rules[rule]?.some(choice => choice.every(ends)) === true) ending.add(rule)
    }
  }
  return ending.has(wanted)
}

/** The bytes from one to another. */
export function byteRange(first: number, last: number): ReadonlySet<number> {
  return new Set(Array.from({length: last - first + 1}, (_, i) => first + i))
}

/** A text as it is, in UTF-8. */
export function literal(text: string): Sequence {
  return Array.from(Buffer.from(text), byte => ({bytes: new Set([byte])}))
}

/** One of some texts; what they begin with in common stands in one place, so that thousands of them are no burden. */
export function oneOfTexts(grammar: Grammar, texts: readonly string[]): Sequence[] {
  const whole = grammar.reserve()
  const left: {rule: number; ends: Buffer[]}[] = [{rule: whole, ends: Array.from(new Set(texts), text => Buffer.from(text))}]
  for (let branch = left.pop(); branch !== undefined; branch = left.pop()) {
    const choices: Sequence[] = branch.ends.some(text => text.length === 0) ? [[]] : []
    for (const group of byFirstByte(branch.ends)) {
      const [one, ...others] = group
      const shared =
        others.length === 0 ? one.length : others.reduce((least, other) => Math.min(least, sharedBytes(one, other)), one.length)
      const bytes = Array.from(one.subarray(0, shared), byte => ({bytes: new Set([byte])}))
      if (others.length === 0) {
        choices.push(bytes)
        continue
      }
      const rule = grammar.reserve()
      choices.push([...bytes, {rule}])
      left.push({rule, ends: group.map(text => text.subarray(shared))})
    }
    grammar.define(branch.rule, choices)
  }
  return [[{rule: whole}]]
}

function byFirstByte(texts: readonly Buffer[]): Iterable<[Buffer, ...Buffer[]]> {
  const groups = new Map<number, [Buffer, ...Buffer[]]>()
  for (const text of texts) {
    const [first] = text
    if (first === undefined) continue
    const group = groups.get(first)
    if (group === undefined) groups.set(first, [text])
    else group.push(text)
  }
  return groups.values()
}

function sharedBytes(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length)
  let count = 0
  while (count < most && a[count] === b[count]) count++
  return count
}

/**
 * A grammar as the native matcher takes it: how many classes, the text rule; classes of eight words; elements of four numbers, rule after rule.
 * `textRule` matches one character of a JSON string; its first choice is a plain byte.
 */
export function numbersOf({rules}: Grammar, textRule: number): Int32Array {
  const classes = new Map<string, number>()
  const words: number[] = []
  const classOf = (bytes: ReadonlySet<number>): number => {
    const bits = new Int32Array(8)
    for (const byte of bytes) bits[byte >> 5] = (bits[byte >> 5] ?? 0) | (1 << (byte & 31))
    const key = bits.join()
    const known = classes.get(key) ?? classes.size
    if (!classes.has(key)) words.push(...bits)
    classes.set(key, known)
    return known
  }
  const elements: number[] = []
  for (const choices of rules) {
    choices.forEach((sequence, i) => {
      if (i > 0) elements.push(KINDS.or, 0, 0, 0)
      for (const element of sequence) {
        if ('bytes' in element) elements.push(KINDS.byte, classOf(element.bytes), 0, 0)
        else if ('rule' in element) elements.push(KINDS.rule, element.rule, 0, 0)
        else elements.push(KINDS.repeat, element.repeat, element.least, element.most === Infinity ? -1 : element.most)
      }
    })
    elements.push(KINDS.end, 0, 0, 0)
  }
  return Int32Array.from([classes.size, textRule, ...words, ...elements])
}
