import type {HeaderValue} from '../../dist/adapters/gguf/write-gguf.js'

const NORMAL = 1
const UNKNOWN = 2
const CONTROL = 3
const BYTE = 6

/** A vocabulary of SentencePiece's kind in the keys of GGUF: three special tokens, all bytes, letters, and some joined pairs of them. */
export function spmVocabulary(): {size: number; header: Record<string, HeaderValue>} {
  const letters = ['▁', ...Array.from('etaoinshrdlucmfwypvbgkjqxzETAOINSHRDLUCMFWYPVBGKJQXZ.,!?0123456789éß犬')]
  const words = ['he', 'th', 'the', '▁the', '▁a', 'in', 'er', '▁do', 'og', '▁dog', 'an', 'on', '▁th', '▁d']
  const pieces = [
    ...['<unk>', '<s>', '</s>'].map((text, i) => ({text, type: i === 0 ? UNKNOWN : CONTROL, score: 0})),
    ...Array.from({length: 256}, (_, byte) => ({
      text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
      type: BYTE,
      score: 0,
    })),
    ...[...words, ...letters].map((text, i) => ({text, type: NORMAL, score: -i})),
  ]
  return {
    size: pieces.length,
    header: {
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.tokens': {texts: pieces.map(({text}) => text)},
      'tokenizer.ggml.scores': {floats: pieces.map(({score}) => score)},
      'tokenizer.ggml.token_type': {ints: pieces.map(({type}) => type)},
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.ggml.eos_token_id': 2,
      'tokenizer.ggml.unknown_token_id': 0,
      'tokenizer.ggml.add_bos_token': true,
      'tokenizer.ggml.add_eos_token': false,
    },
  }
}
