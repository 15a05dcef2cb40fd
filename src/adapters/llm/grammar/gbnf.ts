import type {Element, Grammar, Sequence} from './grammar.js'

/** Characters of a JSON string: as they are, or as one of the short escapes. */
const TEXT = String.raw`[^"\\\x00-\x1f] | "\\" ["\\/bfnrt]`

/**
 * A grammar in llama.cpp's own notation (its grammars/README.md), which is one of characters where ours is one of bytes: what begins in the middle
 * of a character is written out where the character begins. `textRule` matches one character of a JSON string.
 */
export function gbnfOf({rules}: Grammar, textRule: number): string {
  const names = new Map([[0, 'root']])
  const nameOf = (rule: number): string => {
    const name = names.get(rule) ?? `r${rule}`
    names.set(rule, name)
    return name
  }
  const elementText = (element: Element): string => {
    if ('rule' in element) return nameOf(element.rule)
    if ('bytes' in element) return `[${Array.from(element.bytes, escaped).join('')}]`
    return `${nameOf(element.repeat)}{${element.least},${element.most === Infinity ? '' : element.most}}`
  }
  const lines: string[] = []
  // Rules are named as they are met, and those that nothing leads to are none of this text.
  for (const [rule, name] of names) {
    const choices = (rules[rule] ?? []).flatMap(choice => wholeCharacters(rules, choice))
    const texts = choices.map(choice => literalsFirst(choice, elementText).join(' ') || '""')
    lines.push(`${name} ::= ${rule === textRule ? TEXT : texts.join(' | ')}`)
  }
  return lines.join('\n')
}

function escaped(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

/** Bytes that are one each become one literal; the rest is written one by one. */
function literalsFirst(choice: Sequence, elementText: (element: Element) => string): string[] {
  const texts: string[] = []
  let bytes: number[] = []
  const write = (): void => {
    // JSON's escapes of quotes and backslashes are those of the notation, and there is nothing else to escape in JSON.
    if (bytes.length > 0) texts.push(JSON.stringify(Buffer.from(bytes).toString()))
    bytes = []
  }
  for (const element of choice) {
    const byte = onlyByte(element)
    if (byte !== undefined) {
      bytes.push(byte)
      continue
    }
    write()
    texts.push(elementText(element))
  }
  write()
  return texts
}

/** The choices that a sequence becomes where it goes on, in the middle of a character, with one of another rule's. */
function wholeCharacters(rules: Grammar['rules'], choice: Sequence): Sequence[] {
  let missing = 0
  for (const [i, element] of choice.entries()) {
    const byte = onlyByte(element)
    if (missing > 0 && 'rule' in element) {
      const behind = choice.slice(i + 1)
      return (rules[element.rule] ?? []).flatMap(own => wholeCharacters(rules, [...choice.slice(0, i), ...own, ...behind]))
    }
    missing = byte === undefined ? 0 : missing > 0 ? missing - 1 : byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0
  }
  return [choice]
}

function onlyByte(element: Element): number | undefined {
  if (!('bytes' in element) || element.bytes.size !== 1) return undefined
  const [byte] = element.bytes
  return byte
}
