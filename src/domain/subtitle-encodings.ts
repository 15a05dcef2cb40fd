/** A byte that is lost costs a character; where more is lost than this share of what is kept, it was no UTF-8. */
const LOST = 0.25

/**
 * The text of a subtitle file, whatever encoding it is in: Unicode by its mark or its form, else the one of the encodings of East Asia in which it
 * reads like words, else the one of those of one byte a character that its letters look like.
 */
export function decodeSubtitles(bytes: Uint8Array): string {
  const wide = utf16(bytes)
  if (wide !== null) return new TextDecoder(wide).decode(bytes)
  const text = new TextDecoder('utf-8').decode(bytes)
  const lost = text.split('\uFFFD').length - 1
  const kept = text.replace(/[\0-\x7f\uFFFD]/g, '').length
  if (lost <= LOST * kept) return text
  return new TextDecoder(eastAsian(bytes) ?? byteEncoding(bytes)).decode(bytes)
}

/** Without a mark it is known by its zeroes: times and line ends are ASCII in every language, and every other byte of them is 0. */
function utf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const zeroes = [0, 0]
  for (const [i, byte] of bytes.entries()) if (byte === 0) zeroes[i & 1] = (zeroes[i & 1] as number) + 1
  const [even, odd] = zeroes as [number, number]
  if (even + odd < bytes.length / 16) return null
  return odd > even ? 'utf-16le' : 'utf-16be'
}

const PUNCTUATION = '、。，？！…「」《》“”'
const KANA = /[\u3041-\u3096\u30A1-\u30FA\u30FC]/
const JAPANESE = new RegExp(`${KANA.source}|[${PUNCTUATION}]`, 'g')

/** The characters that every text of a language is full of, by the encodings it was written in. */
const FAMILIAR: readonly {encoding: string; characters: RegExp}[] = [
  {encoding: 'shift_jis', characters: JAPANESE},
  {encoding: 'euc-jp', characters: JAPANESE},
  {
    encoding: 'gb18030',
    characters: oneOf(
      '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里' +
        '好没什么她吗吧呢去看想知道很都把给让真家事样现还再回走见怎谁快点天小爱死话多心面头啊别做行开请谢',
    ),
  },
  {
    encoding: 'big5',
    characters: oneOf(
      '的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡' +
        '好沒什麼她嗎吧呢去看想知道很都把給讓真家事樣現還再回走見怎誰快點天小愛死話多心面頭啊別做行開請謝',
    ),
  },
  {
    encoding: 'euc-kr',
    characters: oneOf(
      '이다는을가에의고지하도로자나어기아사리은한그러라해게서정시내일대만있거당신우니요네안없습야를면제세보무말왜뭐건들데까수인마',
    ),
  },
]
/** Of the characters beyond ASCII so many are familiar in the right encoding, and hardly any in a wrong one. */
const LEAST_FAMILIAR = 0.2

function oneOf(characters: string): RegExp {
  return new RegExp(`[${characters}${PUNCTUATION}]`, 'g')
}

/** Where two bytes are one character nearly all sequences mean something in several encodings, but they make words in one of them only. */
function eastAsian(bytes: Uint8Array): string | null {
  let best: string | null = null
  let most = LEAST_FAMILIAR
  for (const {encoding, characters} of FAMILIAR) {
    const text = new TextDecoder(encoding).decode(bytes).replace(/[\0-\x7f]/g, '')
    const share = (text.match(characters)?.length ?? 0) / Math.max(1, text.length)
    if (share > most) [best, most] = [encoding, share]
  }
  return best
}

/** So many of the letters that are not ASCII stand beside another one in Cyrillic words; in those of Western languages they are alone. */
const IN_WORDS = 0.7

/** Cyrillic is known by whole words beyond ASCII, and its two encodings by where they have small letters. */
function byteEncoding(bytes: Uint8Array): 'windows-1252' | 'windows-1251' | 'koi8-r' {
  let [letters, inWords, late] = [0, 0, 0]
  for (const [i, byte] of bytes.entries()) {
    if (byte < 0xc0) continue
    letters++
    if ((bytes[i - 1] ?? 0) >= 0xc0 || (bytes[i + 1] ?? 0) >= 0xc0) inWords++
    if (byte >= 0xe0) late++
  }
  if (inWords < IN_WORDS * letters || letters === 0) return 'windows-1252'
  return late * 2 >= letters ? 'windows-1251' : 'koi8-r'
}
