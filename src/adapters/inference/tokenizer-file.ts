import {readFile, stat} from 'node:fs/promises'
import {MediaForgeError, messageOf} from '../../domain/errors.js'

/** The largest vocabularies there are have 256,000 tokens and 35 MB. */
const LARGEST_TOKENIZER = 200_000_000

/** Reads a vocabulary and makes a tokenizer of it. Rejects with `MODEL_MISSING` where the file cannot be read or `make` throws. */
export async function readTokenizer<Made>(path: string, kind: string, make: (json: unknown) => Made): Promise<Made> {
  const hint = 'mediaforge models verify; or pull the model again: mediaforge models pull NAME'
  let text: string
  try {
    const {size} = await stat(path)
    if (size > LARGEST_TOKENIZER) throw new Error(`it has ${size} bytes`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new MediaForgeError('MODEL_MISSING', `the tokenizer ${path} cannot be read: ${messageOf(error)}`, {hint, cause: error})
  }
  try {
    return make(JSON.parse(text))
  } catch (error) {
    throw new MediaForgeError('MODEL_MISSING', `${path} is no tokenizer of the kind '${kind}': ${messageOf(error)}`, {
      hint,
      cause: error,
    })
  }
}
