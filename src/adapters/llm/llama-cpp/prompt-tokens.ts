import type {LlamaModel, Token} from 'node-llama-cpp'
import type {Pieces} from '../said.js'

/** A control token that stands in a form by its name. */
interface Named {
  token: Token
  /** White space behind some is theirs. */
  swallowsSpace: boolean
}

/**
 * The tokens of a prompt. llama.cpp takes names of control tokens for those in a whole text or not at all: the form's are found first, and what
 * stands between them is read without.
 */
export function promptTokens(model: LlamaModel, pieces: Pieces): Token[] {
  const tokens: Token[][] = []
  let text = ''
  let swallowsSpace = false
  const parts = pieces.flatMap((piece, i) => (i % 2 === 1 ? [piece] : partsOf(model, piece)))
  for (const part of parts) {
    if (typeof part === 'string') {
      text += swallowsSpace && text === '' ? part.replace(/^[ \t-\r]+/, '') : part
    } else {
      tokens.push(model.tokenize(text, false), [part.token])
      text = ''
      swallowsSpace = part.swallowsSpace
    }
  }
  return [...tokens, model.tokenize(text, false)].flat()
}

/** Texts, and the control tokens that stand between them. */
function partsOf(model: LlamaModel, form: string): (string | Named)[] {
  const parts: (string | Named)[] = []
  let at = 0
  for (const token of model.tokenize(form, true)) {
    const {control, unknown, rstrip} = model.getTokenAttributes(token)
    if (!control && !unknown) continue
    const name = model.detokenize([token], true)
    const found = form.indexOf(name, at)
    if (found < 0) continue
    parts.push(form.slice(at, found), {token, swallowsSpace: rstrip})
    at = found + name.length
  }
  return [...parts, form.slice(at)]
}
