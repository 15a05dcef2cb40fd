import type {HeaderValue} from '../../adapters/gguf/write-gguf.js'
import {generator} from './random.js'

/** What stands between the texts of JSON: vocabularies that were made of code have a token for each. */
const JSON_MARKS = ['{"', '":', '",', '"}', '"]', '["', '":"', '","', '"},', '":["', '"],"', '}}', ']}']
const NORMAL = 1
const CONTROL = 3
const SPACE = 'Ġ'
const LONGEST_WORD = 12

/**
 * The header of a byte-level vocabulary: bytes, in the letters that GPT-2 writes them with, marks of JSON, and made-up words, half of them with a
 * space in front, each the merge of two tokens before it. Its last two tokens begin and end a text.
 */
export function vocabularyHeader(count: number): Record<string, HeaderValue> {
  const texts = [...byteLetters(), ...JSON_MARKS]
  const merges: string[] = []
  const random = generator(count)
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz')
  const beginnings = [SPACE, ...letters]
  const endings = [...letters]
  const known = new Set(texts)
  // Short words are made of first, and most often.
  const pick = (from: readonly string[]): string => from[Math.floor(random() ** 3 * from.length)] as string
  while (texts.length < count - 2) {
    const [left, right] = [pick(beginnings), pick(endings)]
    const word = left + right
    if (word.length > LONGEST_WORD || known.has(word)) continue
    known.add(word)
    texts.push(word)
    merges.push(`${left} ${right}`)
    beginnings.push(word)
    if (!word.startsWith(SPACE)) endings.push(word)
  }
  texts.push('<|begin|>', '<|end|>')
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'llama-bpe',
    'tokenizer.ggml.tokens': {texts},
    'tokenizer.ggml.token_type': {ints: texts.map((_, i) => (i < count - 2 ? NORMAL : CONTROL))},
    'tokenizer.ggml.merges': {texts: merges},
    'tokenizer.ggml.bos_token_id': count - 2,
    'tokenizer.ggml.eos_token_id': count - 1,
  }
}

/** Byte by byte the letter that stands for it: itself where it can be seen, else one from U+0100 on (GPT-2's encoder.py). */
function byteLetters(): string[] {
  let next = 0x100
  return Array.from({length: 256}, (_, byte) => {
    const visible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173)
    return String.fromCodePoint(visible ? byte : next++)
  })
}
