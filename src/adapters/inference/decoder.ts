import {Tensor} from 'onnxruntime-node'
import {assertInputs, inputOf, mismatch, openSession, type Session} from './session.js'
import {floatsOf, floatTensor, tokenData, FLOAT_TYPES, TOKEN_TYPES} from './tensors.js'

/** Vectors one after the other. */
export interface Rows {
  rows: number
  data: Float32Array
}

/** In which form a decoder takes tokens, by the name of its input. */
interface Tokens {
  inputs_embeds: Rows
  input_ids: readonly number[]
}

/** Takes new tokens, and gives the scores of all tokens that may come next. */
export type Sequence<Input extends keyof Tokens> = (tokens: Tokens[Input]) => Promise<Float32Array>

const PAST = 'past_key_values'
const PRESENT = 'present'
const WHOLE_NUMBERS = ['attention_mask', 'position_ids', 'encoder_attention_mask']

/**
 * A decoder with its cache in and out (`decoder_model_merged.onnx`): what it computed of earlier tokens comes back as `present…` and is given again as
 * `past_key_values…`. Each call of what this resolves to begins a text; `encoded` is what an encoder made of the prompt.
 */
export async function openDecoder<Input extends keyof Tokens>(
  path: string,
  threads: number,
  input: Input,
): Promise<(encoded: Rows | null) => Sequence<Input>> {
  const session = await openSession(path, threads)
  const pasts = session.inputNames.filter(name => name.startsWith(PAST))
  if (pasts.length === 0) throw mismatch(path, `it has no inputs ${PAST}…: decoder_model_merged.onnx is the file that has`)
  const taken = [...WHOLE_NUMBERS, input, 'encoder_hidden_states', 'use_cache_branch']
  assertInputs(session, path, [...taken, ...pasts])
  inputOf(session, path, input, input === 'input_ids' ? TOKEN_TYPES : FLOAT_TYPES)
  const wanted = pasts.map(name => name.replace(PAST, PRESENT))
  const missing = ['logits', ...wanted].find(name => !session.outputNames.includes(name))
  if (missing !== undefined) throw mismatch(path, `it has no output '${missing}'`)
  const nothing = new Map(pasts.map(name => [name, emptyPast(session, path, name)]))

  /** The input of this name, where the model has it. */
  const whole = (name: string, numbers: readonly number[]): Record<string, Tensor> => {
    if (!session.inputNames.includes(name)) return {}
    const {type} = inputOf(session, path, name, TOKEN_TYPES)
    return {[name]: new Tensor(type, tokenData(type, numbers) as never, [1, numbers.length])}
  }
  const floats = (name: string, {rows, data}: Rows): Record<string, Tensor> => {
    if (!session.inputNames.includes(name)) return {}
    return {[name]: floatTensor(inputOf(session, path, name, FLOAT_TYPES).type, data, [1, rows, data.length / rows])}
  }

  return encoded => {
    const cache = new Map<string, Tensor>(nothing)
    const fixed =
      encoded === null
        ? {}
        : {...floats('encoder_hidden_states', encoded), ...whole('encoder_attention_mask', ones(encoded.rows))}
    let seen = 0
    return async tokens => {
      const isFirst = seen === 0
      const count = 'rows' in tokens ? tokens.rows : tokens.length
      const positions = Array.from({length: count}, (_, i) => seen + i)
      seen += count
      // What the decoder keeps of the encoder's vectors is made once; later it comes back as nothing.
      const changing = pasts.filter(name => isFirst || !name.includes('.encoder.'))
      const outputs = await session.run(
        {
          ...fixed,
          ...('rows' in tokens ? floats(input, tokens) : whole(input, tokens)),
          ...whole('attention_mask', ones(seen)),
          ...whole('position_ids', positions),
          ...(session.inputNames.includes('use_cache_branch') ? {use_cache_branch: new Tensor('bool', [!isFirst], [1])} : {}),
          ...Object.fromEntries(cache),
        },
        ['logits', ...changing.map(name => name.replace(PAST, PRESENT))],
      )
      for (const name of changing) cache.set(name, outputs[name.replace(PAST, PRESENT)] as Tensor)
      const logits = floatsOf((outputs.logits as Tensor).data)
      return logits.subarray(logits.length - logits.length / count)
    }
  }
}

/** A cache of no tokens: batch × heads × tokens × numbers. */
function emptyPast(session: Session, path: string, name: string): Tensor {
  const {type, shape} = inputOf(session, path, name, FLOAT_TYPES)
  const [, heads, , numbers] = shape
  if (shape.length !== 4 || heads == null || numbers == null) {
    throw mismatch(path, `its input '${name}' does not say how many heads and numbers it has`)
  }
  return floatTensor(type, new Float32Array(0), [1, heads, 0, numbers])
}

function ones(count: number): number[] {
  return Array<number>(count).fill(1)
}
