import {describe, expect, test} from 'vitest'
import {decodeSubtitles} from '../../dist/domain/subtitle-encodings.js'
import {parseSubtitles, subtitleText} from '../../dist/domain/subtitles.js'
import {encoded} from '../support/encoded.js'

const srt = (...texts: string[]): string =>
  texts.map((text, i) => `${i + 1}\r\n00:00:0${i},000 --> 00:00:0${i + 1},000\r\n${text}\r\n`).join('\r\n')
const RUSSIAN = srt('Привет, мир!', 'В саду поёт соловей, и всё слышно.', 'Ёлка')
const FRENCH = srt('Déjà vu, créée à Noël', 'Où êtes-vous ? Ça va bien, là-bas.')
const CHINESE = srt('你好，世界', '花园里有一只夜莺')
const TAIWANESE = srt('花園裡有一隻夜鶯。', '你為什麼不說話？', '謝謝')
const JAPANESE = srt('庭でナイチンゲールが鳴いている。', 'どうして黙っているの？', '了解')
const KOREAN = srt('정원에서 나이팅게일이 노래하고 있다.', '왜 말이 없어요?')

function utf16(text: string, isBig: boolean): Uint8Array {
  const bytes = Buffer.from(text, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}

describe('the words of a subtitle file are read', () => {
  test.each([
    ['UTF-8', Buffer.from(RUSSIAN), RUSSIAN],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${RUSSIAN}`), RUSSIAN],
    ['UTF-16 with a mark', utf16(`\uFEFF${RUSSIAN}`, false), RUSSIAN],
    ['big-endian UTF-16 with a mark', utf16(`\uFEFF${FRENCH}`, true), FRENCH],
    ['UTF-16 without a mark', utf16(FRENCH, false), FRENCH],
    ['big-endian UTF-16 without a mark', utf16(FRENCH, true), FRENCH],
    ['Russian in UTF-16 without a mark', utf16(RUSSIAN, false), RUSSIAN],
    ['Chinese in UTF-16 without a mark', utf16(CHINESE, true), CHINESE],
    ['Windows-1251', encoded(RUSSIAN, 'windows-1251'), RUSSIAN],
    ['KOI8-R', encoded(RUSSIAN, 'koi8-r'), RUSSIAN],
    ['Windows-1252', encoded(FRENCH, 'windows-1252'), FRENCH],
    ['Shift_JIS', encoded(JAPANESE, 'shift_jis'), JAPANESE],
    ['EUC-JP', encoded(JAPANESE, 'euc-jp'), JAPANESE],
    ['GB 18030', encoded(CHINESE, 'gb18030'), CHINESE],
    ['Big5', encoded(TAIWANESE, 'big5'), TAIWANESE],
    ['EUC-KR', encoded(KOREAN, 'euc-kr'), KOREAN],
    ['ASCII', Buffer.from(srt('Hello', 'there')), srt('Hello', 'there')],
  ])('in %s', (_, bytes, text) => {
    expect(parseSubtitles(decodeSubtitles(bytes))).toEqual(parseSubtitles(text))
  })

  test('in UTF-8 with a broken byte, which costs one character and not all of them', () => {
    const bytes = Buffer.from(RUSSIAN)
    bytes[bytes.length - 5] = 0xff
    const [first, second] = parseSubtitles(decodeSubtitles(bytes))
    expect([first?.text, second?.text]).toEqual(['Привет, мир!', 'В саду поёт соловей, и всё слышно.'])
  })

  test.each([
    ['nothing', ''],
    ['a picture', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
    ['times without words', '00:00:01,000 --> 00:00:02,000\n\n'],
    ['an end before its beginning', '00:00:02,000 --> 00:00:01,000\nwords\n'],
  ])('and %s gives none', (_, text) => {
    expect(parseSubtitles(decodeSubtitles(Buffer.from(text, 'latin1')))).toEqual([])
  })
})

describe('what is written', () => {
  const cues = [
    {startMs: 1234, endMs: 3_600_500, text: 'words  on\ntwo lines'},
    {startMs: 3_600_500, endMs: 3_661_000, text: 'AT&T <b>'},
  ]

  test('as SubRip has its times and its lines', () => {
    expect(subtitleText(cues, 'srt')).toBe(
      '1\n00:00:01,234 --> 01:00:00,500\nwords on two lines\n\n2\n01:00:00,500 --> 01:01:01,000\nAT&T <b>\n',
    )
  })

  test('as WebVTT is read back to the letter', () => {
    const text = subtitleText(cues, 'vtt')
    expect(text).toMatch(/^WEBVTT\n\n1\n00:00:01\.234 --> 01:00:00\.500\n/)
    expect(parseSubtitles(text).map(cue => cue.text)).toEqual(['words on two lines', 'AT&T <b>'])
  })
})
