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
  const tokenizer = new Tokenizer(description, {})
  return text => tokenizer.encode(text).ids
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
