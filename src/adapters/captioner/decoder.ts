import {Tensor, type InferenceSession} from 'onnxruntime-node'
import {assertInputs, inputOf, mismatch, openSession} from '../inference/session.js'
import {floatsOf, floatTensor, tokenData, FLOAT_TYPES, TOKEN_TYPES} from '../inference/tensors.js'

/** Vectors one after the other. */
export interface Rows {
  rows: number
  data: Float32Array
}

/** Takes the vectors of new tokens, and gives the scores of all tokens that may come next. */
export type Sequence = (tokens: Rows) => Promise<Float32Array>

const PAST = 'past_key_values'
const PRESENT = 'present'
const WHOLE_NUMBERS = ['attention_mask', 'position_ids', 'encoder_attention_mask']

/**
 * A decoder with its cache in and out (`decoder_model_merged.onnx`): what it computed of earlier tokens comes back as `present…` and is given again as
 * `past_key_values…`. Each call of what this resolves to begins a text; `encoded` is what an encoder made of the prompt.
 */
export async function openDecoder(path: string, threads: number): Promise<(encoded: Rows | null) => Sequence> {
  const session = await openSession(path, threads)
  const pasts = session.inputNames.filter(name => name.startsWith(PAST))
  if (pasts.length === 0) throw mismatch(path, `it has no inputs ${PAST}…: decoder_model_merged.onnx is the file that has`)
  const taken = [...WHOLE_NUMBERS, 'inputs_embeds', 'encoder_hidden_states', 'use_cache_branch']
  assertInputs(session, path, [...taken, ...pasts])
  inputOf(session, path, 'inputs_embeds', FLOAT_TYPES)
  const wanted = pasts.map(name => name.replace(PAST, PRESENT))
  const missing = ['logits', ...wanted].find(name => !session.outputNames.includes(name))
  if (missing !== undefined) throw mismatch(path, `it has no output '${missing}'`)
  const nothing = new Map(pasts.map(name => [name, emptyPast(session, path, name)]))

  /** The input of this name, where the model has it. */
  const whole = (name: string, numbers: number[]): Record<string, Tensor> => {
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
      const positions = Array.from({length: tokens.rows}, (_, i) => seen + i)
      seen += tokens.rows
      // What the decoder keeps of the encoder's vectors is made once; later it comes back as nothing.
      const changing = pasts.filter(name => isFirst || !name.includes('.encoder.'))
      const outputs = await session.run(
        {
          ...fixed,
          ...floats('inputs_embeds', tokens),
          ...whole('attention_mask', ones(seen)),
          ...whole('position_ids', positions),
          ...(session.inputNames.includes('use_cache_branch') ? {use_cache_branch: new Tensor('bool', [!isFirst], [1])} : {}),
          ...Object.fromEntries(cache),
        },
        ['logits', ...changing.map(name => name.replace(PAST, PRESENT))],
      )
      for (const name of changing) cache.set(name, outputs[name.replace(PAST, PRESENT)] as Tensor)
      const logits = floatsOf((outputs.logits as Tensor).data)
      return logits.subarray(logits.length - logits.length / tokens.rows)
    }
  }
}

/** A cache of no tokens: batch × heads × tokens × numbers. */
function emptyPast(session: InferenceSession, path: string, name: string): Tensor {
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
