import {MediaForgeError} from '../../domain/errors.js'

/**
 * A prompt in pieces: the model's own form and what somebody said, in turns, beginning with the form. Names of control tokens count in the form
 * alone, or whoever is quoted could end a turn and begin one of another.
 */
export type Pieces = readonly string[]

/** Unicode leaves these to private use: no model has words of them. */
const [FIRST_PRIVATE, LAST_PRIVATE] = [0xe000, 0xf8ff]

/**
 * The pieces of a rendered conversation: what was said is marked, and found again behind the template. A template may look into what is said, so
 * that marks change what it writes; then only turns that hold names of control tokens are marked. `holdsNames`: whether a text does. Rejects with
 * `USAGE` where the template changes such a turn.
 */
export async function piecesOf(
  render: (contents: readonly string[]) => Promise<string>,
  contents: readonly string[],
  holdsNames: (text: string) => Promise<boolean>,
): Promise<Pieces> {
  const whole = await render(contents)
  const marks = unusedCharacters(contents.join('') + whole)
  const piecesWith = async (isMarked: (turn: number) => boolean): Promise<Pieces | null> => {
    const marked = contents.map((content, turn) => (isMarked(turn) ? markedBy(marks, content) : content))
    try {
      const pieces = cutAt(marks, await render(marked))
      return pieces?.join('') === whole ? pieces : null
    } catch (error) {
      if (error instanceof MediaForgeError && error.code === 'USAGE') return null
      throw error
    }
  }
  const all = await piecesWith(() => true)
  if (all !== null) return all
  const holding: boolean[] = []
  for (const content of contents) holding.push(await holdsNames(content))
  // Names that begin in one turn and end in another count, too.
  if (!holding.includes(true) && !(await holdsNames(contents.join('')))) return [whole]
  const some = await piecesWith(turn => holding[turn] === true)
  if (some !== null && holding.includes(true)) return some
  throw new MediaForgeError(
    'USAGE',
    "a message holds the name of one of the model's control tokens, in a place that its chat template changes",
    {hint: 'take the name out of the message'},
  )
}

/** Two characters that are nowhere in the text. Looked for one by one: a set of all that a long text holds would take a while to make. */
function unusedCharacters(text: string): [string, string] {
  const unused: string[] = []
  for (let code = FIRST_PRIVATE; code <= LAST_PRIVATE && unused.length < 2; code++) {
    const character = String.fromCharCode(code)
    if (!text.includes(character)) unused.push(character)
  }
  const [open, close] = unused
  if (open !== undefined && close !== undefined) return [open, close]
  throw new MediaForgeError('USAGE', "the messages use all of Unicode's private characters")
}

/** White space around it stays outside: many templates take it away. */
function markedBy([open, close]: readonly [string, string], content: string): string {
  const core = content.trim()
  if (core === '') return content
  const begin = content.indexOf(core)
  return content.slice(0, begin) + open + core + close + content.slice(begin + core.length)
}

/** Null where the marks are not in pairs. */
function cutAt([open, close]: readonly [string, string], text: string): Pieces | null {
  const [first = '', ...rest] = text.split(open)
  const pairs = rest.map(part => part.split(close))
  return first.includes(close) || pairs.some(pair => pair.length !== 2) ? null : [first, ...pairs.flat()]
}
