import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {onnxGraph} from './onnx-graph.js'

/** Its tokens, in Whisper's order: words, the end, what a prompt is made of, then the times from 0.00 to 30.00 s. */
const WORDS = ['a', 'deep', 'shrill', 'voice']
const MARKS = ['<end>', '<start>', '<|en|>', '<|de|>', '<|transcribe|>', '<|nospeech|>', '<|notimestamps|>']
const CLASSES = [...WORDS, ...MARKS, 'time']
const TIMES = 1501
const FIRST_TIME = CLASSES.length - 1
const BANDS = 80
const id = (name: string): number => CLASSES.indexOf(name)

const FLOAT = 1
const SURE = 9

/** A matrix of this many rows × classes. */
function matrix(rows: number, entries: [row: number, to: string, value: number][]): number[] {
  const values = new Array<number>(rows * CLASSES.length).fill(0)
  for (const [row, to, value] of entries) values[row * CLASSES.length + id(to)] = value
  return values
}

/** `last_hidden_state`: one vector, how high the sound is and which share of the 30 s it fills. */
function encoder(): Buffer {
  const {add, floats, whole, finish} = onnxGraph()
  const mel = 'input_features'
  const level = (from: number, to: number): string =>
    add('ReduceMean', [add('Slice', [mel, whole(from), whole(to), whole(1)])], {axes: [1, 2], keepdims: 1})
  const height = add('Mul', [add('Sub', [level(40, BANDS), level(0, 30)]), floats([1], [200])])
  const columns = add('ReduceMax', [mel], {axes: [1], keepdims: 1})
  const loud = add('Greater', [columns, add('Sub', [add('ReduceMax', [mel], {keepdims: 1}), floats([1], [1])])])
  const share = add('ReduceMean', [add('Cast', [loud], {to: FLOAT})], {axes: [2], keepdims: 1})
  add('Concat', [height, share], {axis: 2}, 'last_hidden_state')
  return finish({
    inputs: [{name: mel, type: 'float32', shape: ['batch', BANDS, 3000]}],
    outputs: [{name: 'last_hidden_state', type: 'float32', shape: ['batch', 'rows', 2]}],
  })
}

/**
 * `decoder_model_merged`: writes `<0.00> a deep voice <end of the sound>`. It takes low sounds for English and high ones for German, and which word it
 * writes hangs on the language that stands in its prompt: without its cache, or with another prompt, it writes something else.
 */
function decoder(loops: boolean): Buffer {
  const {add, floats, whole, finish} = onnxGraph()
  const count = CLASSES.length
  const [past, present] = ['past_key_values.0', 'present.0']
  const table = Array.from({length: (FIRST_TIME + TIMES) * count}, (_, i) =>
    Math.min(Math.floor(i / count), FIRST_TIME) === i % count ? 1 : 0,
  )
  const token = add('Gather', [floats([FIRST_TIME + TIMES, count], table), 'input_ids'], {axis: 0})
  const fresh = add('Unsqueeze', [token, whole(1)])
  for (const part of ['key', 'value']) {
    add('Concat', [`${past}.decoder.${part}`, fresh], {axis: 2}, `${present}.decoder.${part}`)
  }
  const sum = (kept: string): string => add('Squeeze', [add('ReduceSum', [kept, whole(2)], {keepdims: 1}), whole(1)])
  const written = sum(`${present}.decoder.value`)
  // What the encoder gave is read once, and remembered from then on.
  const isFirst = add('Sub', [floats([1], [1]), add('Cast', ['use_cache_branch'], {to: FLOAT})])
  const read = add('Unsqueeze', [add('Mul', ['encoder_hidden_states', isFirst]), whole(1)])
  for (const part of ['key', 'value']) add('Identity', [read], undefined, `${present}.encoder.${part}`)
  const heard = add('Add', [sum(read), sum(`${past}.encoder.value`)])

  const after = (from: string, rows: number, entries: [number, string, number][]): string =>
    add('MatMul', [from, floats([rows, count], matrix(rows, entries))])
  const is = (from: string, name: string): string =>
    add('MatMul', [from, floats([count, 1], CLASSES.map(other => (other === name ? 1 : 0)))]) // prettier-ignore
  const next = after(token, count, [
    [id('<|transcribe|>'), 'time', SURE],
    [id('deep'), 'voice', SURE],
    [id('shrill'), 'voice', SURE],
    [id('voice'), loops ? 'voice' : 'time', SURE],
    [id('time'), 'a', SURE],
  ])
  const language = add('Mul', [is(token, '<start>'), after(heard, 2, [[0, '<|en|>', -1], [0, '<|de|>', 1]])]) // prettier-ignore
  const word = add('Mul', [
    is(token, 'a'),
    after(written, count, [
      [id('<|en|>'), 'deep', SURE],
      [id('<|de|>'), 'shrill', SURE],
    ]),
  ])
  const end = add('Mul', [is(token, 'time'), after(written, count, [[id('voice'), '<end>', 2 * SURE]])])
  const scores = add('Add', [add('Add', [next, language]), add('Add', [word, end])])
  const at = add('Mul', [is(written, 'voice'), add('MatMul', [heard, floats([2, 1], [0, TIMES - 1])])])
  const clock = floats(
    [1, 1, TIMES],
    Array.from({length: TIMES}, (_, i) => i),
  )
  const off = add('Mul', [add('Abs', [add('Sub', [clock, at])]), floats([1], [SURE])])
  const part = (from: number, to: number): string => add('Slice', [scores, whole(from), whole(to), whole(2)])
  add('Concat', [part(0, FIRST_TIME), add('Sub', [part(FIRST_TIME, count), off])], {axis: 2}, 'logits')

  const cache = (name: string, length: string, width: number) =>
    ['key', 'value'].map(kind => ({name: `${name}.${kind}`, type: 'float32' as const, shape: ['batch', 1, length, width]}))
  return finish({
    inputs: [
      {name: 'input_ids', type: 'int64', shape: ['batch', 'length']},
      {name: 'encoder_hidden_states', type: 'float32', shape: ['batch', 'read', 2]},
      {name: 'use_cache_branch', type: 'bool', shape: [1]},
      ...cache(`${past}.decoder`, 'past', count),
      ...cache(`${past}.encoder`, 'read_past', 2),
    ],
    outputs: [
      {name: 'logits', type: 'float32', shape: ['batch', 'length', FIRST_TIME + TIMES]},
      ...cache(`${present}.decoder`, 'total', count),
      ...cache(`${present}.encoder`, 'read', 2),
    ],
  })
}

const TOKENIZER = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: {type: 'Whitespace'},
  post_processor: null,
  decoder: {type: 'WordPiece', prefix: '##', cleanup: true},
  model: {
    type: 'WordPiece',
    unk_token: '<end>',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(CLASSES.slice(0, FIRST_TIME).map((word, i) => [word, i])),
  },
}

const GENERATION = {
  decoder_start_token_id: id('<start>'),
  eos_token_id: id('<end>'),
  no_timestamps_token_id: id('<|notimestamps|>'),
  suppress_tokens: [id('<start>'), id('<|en|>'), id('<|de|>')],
  begin_suppress_tokens: [id('<end>')],
  lang_to_id: {'<|en|>': id('<|en|>'), '<|de|>': id('<|de|>')},
  task_to_id: {transcribe: id('<|transcribe|>')},
}

/** Its manifest, as those of the catalogue are. */
const SPEECH_MANIFEST = {
  name: 'voices',
  kind: 'speech-recogniser',
  encoder: 'onnx/encoder_model.onnx',
  decoder: 'onnx/decoder_model_merged.onnx',
  tokenizer: 'tokenizer.json',
  generation: 'generation_config.json',
  melBands: BANDS,
}

/**
 * Writes a model of a few kilobytes with the files, inputs and outputs that Whisper has at transformers.js: it hears whether a sound is deep or shrill.
 * One that `loops` says its last word for ever.
 */
export async function makeSpeechModel(
  folder: string,
  {manifest = {}, generation = {}, loops = false}: {manifest?: object; generation?: object; loops?: boolean} = {},
): Promise<string> {
  await mkdir(join(folder, 'onnx'), {recursive: true})
  const files = {
    'onnx/encoder_model.onnx': encoder(),
    'onnx/decoder_model_merged.onnx': decoder(loops),
    'tokenizer.json': JSON.stringify(TOKENIZER),
    'generation_config.json': JSON.stringify({...GENERATION, ...generation}),
    'model.json': JSON.stringify({...SPEECH_MANIFEST, ...manifest}),
  }
  for (const [path, bytes] of Object.entries(files)) await writeFile(join(folder, path), bytes)
  return folder
}
