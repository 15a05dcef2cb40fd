import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {pieceTokenizer, tokenizerOf, type Piece, type Tokenize} from '../../../dist/adapters/inference/tokenizer.js'
import {describeWithFixtures} from '../../support/fixtures.js'
import {randomNumbers, randomText} from '../../support/random-texts.js'

/** Words, emoji, ideographs, accents, control characters, and texts far longer than any model takes. */
function someTexts(): string[] {
  const random = randomNumbers(5)
  const specials = ['<|startoftext|>', '<|endoftext|>', '[SEP]']
  const texts = Array.from({length: 1200}, () => randomText(random, specials).replace(/\p{Surrogate}/gu, '\ufffd'))
  return [...texts, '🐕'.repeat(3000), 'word '.repeat(5000), 'é'.repeat(500)]
}

function digestOf(tokenize: Tokenize): string {
  const lines = someTexts().map(text => tokenize(text).join(','))
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

// The digests are of the ids that Hugging Face's own tokenizers 0.23.2 (Rust) gives for these texts.
describeWithFixtures('token ids are those of the reference, bit for bit, over 1,203 texts', fixtures => {
  const json = async (path: string): Promise<unknown> => JSON.parse(await readFile(join(fixtures, 'models', path), 'utf8'))

  test("CLIP's byte pairs", async () => {
    const tokenize = tokenizerOf((await json('tokenizers/clip/tokenizer.json')) as object)
    expect(digestOf(tokenize)).toBe('d9e7bee4f9e0cb9a6436d1a0e21088e84adcc1169b5dfd41bd2671490903c702')
  })

  test("SentencePiece's unigram", async () => {
    const tokenize = pieceTokenizer((await json('joint/vocab.json')) as Piece[])
    expect(digestOf(tokenize)).toBe('fc2fea1e748fbe4452daffbdb6e797ebd41859031b23290617565c0f5bb37f8e')
  })
})

test('a rare ideograph is a word of its own in WordPiece', () => {
  const vocab = Object.fromEntries(['[UNK]', 'a', '##b', 'b'].map((piece, id) => [piece, id]))
  const tokenize = tokenizerOf({
    added_tokens: [],
    normalizer: {type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true},
    pre_tokenizer: {type: 'BertPreTokenizer'},
    post_processor: null,
    decoder: null,
    model: {type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab},
  })
  expect(tokenize('AB')).toEqual([1, 2])
  expect(tokenize('a\u{20000}b')).toEqual([1, 0, 3])
})
