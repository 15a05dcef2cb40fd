import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {onnxGraph} from './onnx-graph.js'

/** Its words, by their ids. */
const WORDS = [
  '<s>', '<pad>', '</s>', '<unk>', 'what', 'is', 'it',
  'a', 'red', 'green', 'blue', 'wall', 'looking', 'reddish', 'greenish', 'bluish',
] // prettier-ignore
const WIDTH = WORDS.length
const id = (word: string): number => WORDS.indexOf(word)
const COLOURS = ['red', 'green', 'blue']
const ECHOES: Readonly<Record<string, string>> = {red: 'reddish', green: 'greenish', blue: 'bluish'}
const SIDE = 16

/** A matrix of words × words with these entries. */
function matrix(entries: [from: string, to: string, value: number][]): number[] {
  const values = new Array<number>(WIDTH * WIDTH).fill(0)
  for (const [from, to, value] of entries) values[id(from) * WIDTH + id(to)] = value
  return values
}

const FLOAT = 1

/** `image_features`: two vectors, both of which say how red, green and blue a picture is. */
function vision(isBatched: boolean): Buffer {
  const {add, floats, whole, finish} = onnxGraph()
  let pixels = 'pixel_values'
  if (isBatched) {
    // Pixels that are none count for nothing.
    const mask = add('Unsqueeze', [add('Cast', ['pixel_attention_mask'], {to: FLOAT}), whole(2)])
    pixels = add('Reshape', [add('Mul', ['pixel_values', mask]), whole(-1, 3, SIDE, SIDE)])
  }
  const mean = add('Reshape', [add('GlobalAveragePool', [add('Add', [pixels, floats([1], [1])])]), whole(-1, 1, 3)])
  const colours = new Array<number>(3 * WIDTH).fill(0)
  for (const [channel, word] of COLOURS.entries()) colours[channel * WIDTH + id(word)] = 1
  const vector = add('MatMul', [mean, floats([3, WIDTH], colours)])
  add('Concat', [vector, vector], {axis: 1}, 'image_features')
  const shape = isBatched ? ['batch', 'images', 3, SIDE, SIDE] : ['batch', 3, SIDE, SIDE]
  return finish({
    inputs: [
      {name: 'pixel_values', type: 'float32', shape},
      ...(isBatched ? [{name: 'pixel_attention_mask', type: 'bool', shape: ['batch', 'images', SIDE, SIDE]} as const] : []),
    ],
    outputs: [{name: 'image_features', type: 'float32', shape: ['batch', 2, WIDTH]}],
  })
}

function embedTokens(): Buffer {
  const {add, floats, finish} = onnxGraph()
  const one = Array.from({length: WIDTH * WIDTH}, (_, i) => (i % (WIDTH + 1) === 0 ? 1 : 0))
  add('Gather', [floats([WIDTH, WIDTH], one), 'input_ids'], {axis: 0}, 'inputs_embeds')
  return finish({
    inputs: [{name: 'input_ids', type: 'int64', shape: ['batch', 'length']}],
    outputs: [{name: 'inputs_embeds', type: 'float32', shape: ['batch', 'length', WIDTH]}],
  })
}

function encoder(): Buffer {
  const {add, whole, finish} = onnxGraph()
  const mask = add('Unsqueeze', [add('Cast', ['attention_mask'], {to: FLOAT}), whole(2)])
  add('Mul', ['inputs_embeds', mask], undefined, 'last_hidden_state')
  return finish({
    inputs: [
      {name: 'attention_mask', type: 'int64', shape: ['batch', 'length']},
      {name: 'inputs_embeds', type: 'float32', shape: ['batch', 'length', WIDTH]},
    ],
    outputs: [{name: 'last_hidden_state', type: 'float32', shape: ['batch', 'length', WIDTH]}],
  })
}

/** Which word follows which, whatever is seen. */
const NEXT = matrix([
  ['<s>', 'a', 9],
  ['it', 'a', 9],
  ['<unk>', 'a', 9],
  ...COLOURS.map((word): [string, string, number] => [word, 'wall', 9]),
  ['wall', 'looking', 9],
  ...Object.values(ECHOES).map((word): [string, string, number] => [word, '</s>', 9]),
])

/**
 * `decoder_model_merged`: writes "a red wall looking reddish". The first colour is what was seen; the second one is the first, as the cache remembers
 * it: without its cache, or with what a later step gives in the place of the encoder's, it writes something else.
 */
function decoder(hasEncoder: boolean): Buffer {
  const {add, floats, whole, finish} = onnxGraph()
  const past = hasEncoder ? 'past_key_values.0.decoder' : 'past_key_values.0'
  const present = hasEncoder ? 'present.0.decoder' : 'present.0'
  const fresh = add('Unsqueeze', ['inputs_embeds', whole(1)])
  for (const part of ['key', 'value']) add('Concat', [`${past}.${part}`, fresh], {axis: 2}, `${present}.${part}`)
  const token = add('MatMul', ['inputs_embeds', floats([WIDTH, WIDTH], NEXT)])

  const isWord = (word: string): string =>
    add('MatMul', [
      'inputs_embeds',
      floats(
        [WIDTH, 1],
        Array.from({length: WIDTH}, (_, i) => (i === id(word) ? 1 : 0)),
      ),
    ])
  /** All that was kept, summed; `kept` is batch × heads × length × width. */
  const sum = (kept: string): string => add('ReduceSum', [add('Squeeze', [kept, whole(1)]), whole(1)], {keepdims: 1})
  const words = (from: string, to: (word: string) => string): string =>
    add('MatMul', [from, floats([WIDTH, WIDTH], matrix(COLOURS.map(word => [word, to(word), 1])))])

  let seen: string
  if (hasEncoder) {
    const isFirst = add('Sub', [floats([1], [1]), add('Cast', ['use_cache_branch'], {to: FLOAT})])
    const read = add('Unsqueeze', [add('Mul', ['encoder_hidden_states', isFirst]), whole(1)])
    for (const part of ['key', 'value']) add('Identity', [read], undefined, `present.0.encoder.${part}`)
    const attended = add('Mul', [
      sum(read),
      add('ReduceMax', [add('Cast', ['encoder_attention_mask'], {to: FLOAT})], {keepdims: 1}),
    ])
    seen = add('Add', [attended, sum('past_key_values.0.encoder.value')])
  } else {
    const mask = add('Unsqueeze', [add('Cast', ['attention_mask'], {to: FLOAT}), whole(1)])
    seen = add('MatMul', [mask, add('Squeeze', [`${present}.value`, whole(1)])])
  }
  const colour = add('Mul', [isWord('a'), words(seen, word => word)])
  // Both what was written and what was seen has to be remembered by then.
  const remembered = add('Mul', [sum(`${present}.value`), seen])
  const echo = add('Mul', [isWord('looking'), words(remembered, word => ECHOES[word] as string)])
  const logits = add('Add', [token, add('Mul', [add('Add', [colour, echo]), floats([1], [5])])])
  if (hasEncoder) add('Identity', [logits], undefined, 'logits')
  else {
    // Where positions and mask do not agree it has nothing to say.
    const last = add('Add', [add('ReduceMax', ['position_ids'], {keepdims: 0}), whole(1)])
    const right = add('Equal', [last, add('ReduceSum', ['attention_mask'], {keepdims: 0})])
    add('Mul', [logits, add('Cast', [right], {to: FLOAT})], undefined, 'logits')
  }
  const cache = (name: string, length: string) => ({name, type: 'float32', shape: ['batch', 1, length, WIDTH]}) as const
  const parts = (name: string, length: string) => [cache(`${name}.key`, length), cache(`${name}.value`, length)]
  return finish({
    inputs: [
      {name: 'inputs_embeds', type: 'float32', shape: ['batch', 'length', WIDTH]},
      ...(hasEncoder
        ? ([
            {name: 'encoder_attention_mask', type: 'int64', shape: ['batch', 'read']},
            {name: 'encoder_hidden_states', type: 'float32', shape: ['batch', 'read', WIDTH]},
            {name: 'use_cache_branch', type: 'bool', shape: [1]},
            ...parts('past_key_values.0.encoder', 'read_past'),
          ] as const)
        : ([
            {name: 'attention_mask', type: 'int64', shape: ['batch', 'total']},
            {name: 'position_ids', type: 'int64', shape: ['batch', 'length']},
          ] as const)),
      ...parts(past, 'past'),
    ],
    outputs: [
      {name: 'logits', type: 'float32', shape: ['batch', 'length', WIDTH]},
      ...parts(present, 'total'),
      ...(hasEncoder ? parts('present.0.encoder', 'read') : []),
    ],
  })
}

const TOKENIZER = {
  version: '1.0',
  added_tokens: ['<s>', '<pad>', '</s>', '<unk>'].map(content => ({
    id: id(content),
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: null,
  pre_tokenizer: {type: 'Whitespace'},
  post_processor: null,
  decoder: {type: 'WordPiece', prefix: '##', cleanup: true},
  model: {
    type: 'WordPiece',
    unk_token: '<unk>',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, i) => [word, i])),
  },
}

/**
 * Writes a captioner of a few kilobytes with the files, inputs and outputs that Florence-2 (`encoder`) or SmolVLM (`decoder`) has at transformers.js:
 * it tells which of red, green and blue a picture is.
 */
export async function makeCaptioner(folder: string, kind: 'encoder' | 'decoder', change: object = {}): Promise<string> {
  const hasEncoder = kind === 'encoder'
  await mkdir(join(folder, 'onnx'), {recursive: true})
  const files = {
    'onnx/vision_encoder.onnx': vision(!hasEncoder),
    'onnx/embed_tokens.onnx': embedTokens(),
    ...(hasEncoder ? {'onnx/encoder_model.onnx': encoder()} : {}),
    'onnx/decoder_model_merged.onnx': decoder(hasEncoder),
    'tokenizer.json': JSON.stringify(TOKENIZER),
    'model.json': JSON.stringify({...captionerManifest(kind), ...change}),
  }
  for (const [path, bytes] of Object.entries(files)) await writeFile(join(folder, path), bytes)
  return folder
}

/** Its manifest, as those of the catalogue are. */
export function captionerManifest(kind: 'encoder' | 'decoder') {
  const hasEncoder = kind === 'encoder'
  return {
    name: 'colours',
    kind: 'captioner',
    image: {
      file: 'onnx/vision_encoder.onnx',
      input: 'pixel_values',
      output: 'image_features',
      ...(hasEncoder ? {} : {mask: 'pixel_attention_mask'}),
      layout: 'nchw',
      resize: {width: SIDE, height: SIDE, fit: 'fill'},
      mean: [127.5, 127.5, 127.5],
      deviation: [127.5, 127.5, 127.5],
    },
    text: {
      tokenizer: 'tokenizer.json',
      prompt: '{picture}what is it',
      embed: 'onnx/embed_tokens.onnx',
      ...(hasEncoder ? {encoder: 'onnx/encoder_model.onnx', startIds: [2, 0]} : {}),
      decoder: 'onnx/decoder_model_merged.onnx',
      endIds: [2],
      mostTokens: 12,
    },
  }
}
