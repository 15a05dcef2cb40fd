/** A vocabulary entry: the piece and its log-probability. The first ids are reserved. */
export type Piece = readonly [piece: string, score: number]

const RESERVED = 6
const UNKNOWN = 0
const SPACE = '\u2581'
/** Longer texts add nothing to a sentence vector. */
const MOST_TOKENS = 128
/** An unknown character must lose against any path of known pieces. */
const UNKNOWN_SCORE = -100

/**
 * SentencePiece's unigram model (Kudo 2018, arXiv 1804.10959): the segmentation with the highest sum of log-probabilities, by Viterbi. Text
 * is NFKC-normalised, a space is written U+2581 with one in front, runs of unknown characters become one token. A text without
 * any character gives the token of a space, so that every text has a vector.
 */
export function createTokenizer(vocabulary: readonly Piece[]): (text: string) => number[] {
  const pieces = new Map<string, number>()
  let longest = 1
  for (const [id, [piece]] of vocabulary.entries()) {
    if (id < RESERVED) continue
    pieces.set(piece, id)
    longest = Math.max(longest, [...piece].length)
  }

  return text => {
    const characters = [...(SPACE + text.normalize('NFKC').replaceAll(' ', SPACE))]
    const score = new Float64Array(characters.length + 1).fill(-Infinity)
    const start = new Int32Array(characters.length + 1)
    const token = new Int32Array(characters.length + 1)
    score[0] = 0
    const offer = (from: number, to: number, id: number, gain: number): void => {
      const total = (score[from] as number) + gain
      if (total <= (score[to] as number)) return
      score[to] = total
      start[to] = from
      token[to] = id
    }
    for (let from = 0; from < characters.length; from++) {
      let piece = ''
      for (let to = from + 1; to <= Math.min(characters.length, from + longest); to++) {
        piece += characters[to - 1] as string
        const id = pieces.get(piece)
        if (id !== undefined) offer(from, to, id, (vocabulary[id] as Piece)[1])
      }
      offer(from, from + 1, UNKNOWN, UNKNOWN_SCORE)
    }
    const ids: number[] = []
    for (let end = characters.length; end > 0; end = start[end] as number) {
      const id = token[end] as number
      if (id !== UNKNOWN || ids.at(-1) !== UNKNOWN) ids.push(id)
    }
    return ids.reverse().slice(0, MOST_TOKENS)
  }
}
