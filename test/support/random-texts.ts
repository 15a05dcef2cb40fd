/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Scripts whose characters have been in Unicode for long: tables of different versions agree on them. */
const RANGES: [number, number][] = [
  [0x20, 0x7e],
  [0xa0, 0x17f],
  [0x370, 0x373],
  [0x391, 0x3a1],
  [0x3b1, 0x3c9],
  [0x410, 0x44f],
  [0x5d0, 0x5ea],
  [0x621, 0x64a],
  [0x660, 0x669],
  [0x905, 0x939],
  [0x93e, 0x94d],
  [0xe01, 0xe3a],
  [0x1e00, 0x1eff],
  [0x2000, 0x206f],
  [0x20a0, 0x20b5],
  [0x2150, 0x2188],
  [0x2190, 0x21ff],
  [0x2460, 0x24ff],
  [0x3000, 0x303f],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
  [0xff01, 0xff5e],
  [0x1d400, 0x1d454],
  [0x1f300, 0x1f320],
  [0x1f600, 0x1f64f],
  [0x20000, 0x2a6d6],
]

const WORDS =
  'the of and a photo holiday beach dog running quickly through forest at sunset café naïve Zürich Москва 東京 서울 مرحبا שלום ' +
  "don't I'll we've they're it's you'd I'M WE'LL HE'S o'clock 'tis antidisestablishmentarianism IMG_20240131.jpg 3.14159 2024-01-31 1234567890 " +
  '12 007 1e-9 ½ Ⅷ ٣٤ 👩‍👩‍👧‍👦 👍🏽 🇩🇪 e\u0301 n\u0303o a\u0323\u0307 ﬁ ß İ ǅ \ufeff \u00ad \u200b \u2581 ▁▁ <0x41> x² '
const CODE = [
  'if (a[i] != b->c) {\n\treturn 0x7F; // ok\n}\n',
  '<div class="x">&nbsp;</div>\r\n',
  'SELECT * FROM t WHERE id=42;',
  '#!/bin/sh\n\n\n  x=$(($y+1))\n',
]
const SPACES = [
  '  ',
  '   \t',
  '\n\n\n',
  '\r\n\r\n',
  ' \n',
  '\n ',
  '\t\t',
  '\u00a0',
  '\u3000 ',
  '\u2028',
  ' '.repeat(17),
  '\v\f',
  '\u0085',
]
const CONTROLS = ['\0', '\u0001', '\u001b[0m', '\u007f', '\u009f', '\ud800', '\udc00x', '\ufffd']

/** A text of a few to some hundred pieces: words, code, numbers, white space, any characters, and the names of special tokens. */
export function randomText(random: () => number, specials: string[]): string {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const words = WORDS.split(' ')
  const character = (): string => {
    const [first, last] = pick(RANGES)
    return String.fromCodePoint(first + Math.floor(random() * (last - first + 1)))
  }
  const repeated = (): string => character().repeat(1 + Math.floor(random() * 40))
  const piece = (): string => {
    const kind = random()
    if (kind < 0.45) return pick(words) + pick(['', ' ', ' ', ' ', ', ', '.'])
    if (kind < 0.55) return pick(SPACES)
    if (kind < 0.7) return character() + character() + character()
    if (kind < 0.76) return pick(CODE)
    if (kind < 0.82) return repeated()
    if (kind < 0.86) return pick(CONTROLS)
    if (kind < 0.93) return String(Math.floor(random() * 10 ** Math.floor(random() * 15)))
    return pick(specials) + pick(['', ' ', '\n', '  \n x'])
  }
  const pieces = 1 + Math.floor(random() ** 4 * 120)
  return Array.from({length: pieces}, piece).join('')
}
