import * as library from '@huggingface/tokenizers'

/** What is used of the library. Its own declarations import each other in a way that Node's resolution does not follow. */
const {Tokenizer} = library as unknown as {
  Tokenizer: new (
    description: object,
    config: object,
  ) => {encode(text: string): {ids: number[]}; decode(ids: number[], options: {skip_special_tokens: boolean}): string}
}

/** A vocabulary entry: the piece and its log-probability. */
export type Piece = readonly [piece: string, score: number]

/** Token ids of a text. */
export type Tokenize = (text: string) => number[]

const SPACE = '\u2581'

/**
 * A tokenizer as its `tokenizer.json` describes it: BPE, WordPiece or SentencePiece's unigram. Its special tokens are added. Throws where the
 * description makes no sense.
 */
export function tokenizerOf(description: object): Tokenize {
  const tokenizer = new Tokenizer(withUnicodeSpaces(description) as object, {})
  const {normalizer} = description as {normalizer?: {type?: string; handle_chinese_chars?: boolean} | null}
  if (normalizer?.type !== 'BertNormalizer' || normalizer.handle_chinese_chars === false)
    return text => tokenizer.encode(text).ids
  return text => tokenizer.encode(text.replace(RARE_IDEOGRAPHS, ' $& ')).ids
}

/** The text of token ids, without the special ones among them. Throws like `tokenizerOf`. */
export function detokenizerOf(description: object): (ids: number[]) => string {
  const tokenizer = new Tokenizer(description, {})
  return ids => (ids.length === 0 ? '' : tokenizer.decode(ids, {skip_special_tokens: true}))
}

/** Ideographs beyond 16 bits, each a word of its own for BERT: the library looks at the others only. */
const RARE_IDEOGRAPHS = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu

/** White space as Unicode has it and the makers of models meant it. JavaScript's `\s` has U+FEFF as well, and has no U+0085. */
const SPACES = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

/** What `ByteLevel` splits by, as the library has it built in. */
const GPT2_WORDS = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

/** Vocabularies are large and hold no patterns, and what comes after the tokens matters to nobody who asks for ids. */
const UNTOUCHED: ReadonlySet<string> = new Set(['model', 'added_tokens', 'post_processor', 'decoder'])

/** The same description, with `\s` in its patterns spelled out. */
function withUnicodeSpaces(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withUnicodeSpaces)
  if (typeof part !== 'object' || part === null) return part
  const {type, use_regex: splits, add_prefix_space: prefixes} = part as Record<string, unknown>
  if (type === 'ByteLevel' && splits === true && prefixes === false) {
    const split = {type: 'Split', pattern: {Regex: spellOut(GPT2_WORDS)}, behavior: 'Isolated', invert: false}
    return {type: 'Sequence', pretokenizers: [split, {...part, use_regex: false}]}
  }
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (UNTOUCHED.has(key)) return [key, value]
      return [key, key === 'Regex' && typeof value === 'string' ? spellOut(value) : withUnicodeSpaces(value)]
    }),
  )
}

function spellOut(pattern: string): string {
  let isInClass = false
  return pattern.replace(/\\.|\[|\]/gsu, part => {
    if (part === '[' || part === ']') isInClass = part === '['
    if (part === '\\s') return isInClass ? SPACES : `[${SPACES}]`
    return part === '\\S' && !isInClass ? `[^${SPACES}]` : part
  })
}

/**
 * SentencePiece's unigram model (Kudo 2018, arXiv 1804.10959) from a bare list of pieces, as TensorFlow's models ship it: NFKC, a space is
 * written U+2581 with one in front, runs of unknown characters become one token, id 0. A text without any character gives the token of a space,
 * so that every text has a vector.
 */
export function pieceTokenizer(vocabulary: readonly Piece[]): Tokenize {
  const tokenize = tokenizerOf({
    version: '1.0',
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [{type: 'NFKC'}, {type: 'Replace', pattern: {String: ' '}, content: SPACE}, {type: 'Prepend', prepend: SPACE}],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: {type: 'Unigram', unk_id: 0, vocab: vocabulary},
  })
  const space = vocabulary.findIndex(([piece]) => piece === SPACE)
  return text => {
    const ids = tokenize(text)
    return ids.length === 0 ? [space] : ids
  }
}
