import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {onnxGraph} from './onnx-graph.js'

const SIDE = 32
const DIMENSION = 4
const WORDS = ['<unk>', '<pad>', 'red', 'green', 'blue', 'a', 'photo', 'of', 'the']

/** How the numbers of its towers are kept: all as floats, as halves with halves in and out, or weights as bytes, quantised dynamically. */
export type Precision = 'float32' | 'float16' | 'int8'

const SUFFIX: Readonly<Record<Precision, string>> = {float32: '', float16: '_fp16', int8: '_quantized'}

/** `image_embeds`: how red, green and blue a picture is, and 0. */
function picturesOf(precision: Precision): Buffer {
  const {add, floats, halves, bytes, finish} = onnxGraph()
  const type = precision === 'float16' ? 'float16' : 'float32'
  const channels = Array.from({length: 3 * DIMENSION}, (_, i) => (i % (DIMENSION + 1) === 0 ? 1 : 0))
  const mean = add('Flatten', [add('GlobalAveragePool', ['pixel_values'])], {axis: 1})
  if (precision === 'int8') {
    const [whole, scale, zero] = ['q', 'q_scale', 'q_zero']
    add('DynamicQuantizeLinear', [mean], undefined, [whole, scale, zero])
    const product = add('MatMulInteger', [whole, bytes([3, DIMENSION], channels.map(value => value * 100 + 5)), zero, bytes([], [5])]) // prettier-ignore
    add('Mul', [add('Cast', [product], {to: 1}), add('Mul', [scale, floats([], [0.01])])], undefined, 'image_embeds')
  } else {
    const weights = precision === 'float16' ? halves([3, DIMENSION], channels) : floats([3, DIMENSION], channels)
    add('MatMul', [mean, weights], undefined, 'image_embeds')
  }
  return finish({
    inputs: [{name: 'pixel_values', type, shape: ['batch', 3, SIDE, SIDE]}],
    outputs: [{name: 'image_embeds', type, shape: ['batch', DIMENSION]}],
  })
}

/** `text_embeds`: the sum of its words' vectors; each colour has one of its own, and all other words share the last number. */
function textsOf(precision: Precision): Buffer {
  const {add, floats, halves, whole, finish} = onnxGraph()
  const type = precision === 'float16' ? 'float16' : 'float32'
  const vectors = WORDS.flatMap((word, id) => {
    const colour = ['red', 'green', 'blue'].indexOf(word)
    if (colour >= 0) return Array.from({length: DIMENSION}, (_, i) => (i === colour ? 1 : i === 3 ? 0 : -0.5))
    return [0, 0, 0, id > 1 ? 0.125 : 0]
  })
  const sizes = [WORDS.length, DIMENSION]
  const table = precision === 'float16' ? halves(sizes, vectors) : floats(sizes, vectors)
  add('ReduceSum', [add('Gather', [table, 'input_ids'], {axis: 0}), whole(1)], {keepdims: 0}, 'text_embeds')
  return finish({
    inputs: [{name: 'input_ids', type: 'int64', shape: ['batch', 'length']}],
    outputs: [{name: 'text_embeds', type, shape: ['batch', DIMENSION]}],
  })
}

const TOKENIZER = {
  version: '1.0',
  added_tokens: ['<unk>', '<pad>'].map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: {type: 'Lowercase'},
  pre_tokenizer: {type: 'Whitespace'},
  post_processor: null,
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '<unk>',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
}

/** The names and bytes of a CLIP as transformers.js lays one out, a few kilobytes large. It tells red, green and blue apart. */
export function encoderFiles(precision: Precision = 'float32'): Record<string, string | Buffer> {
  return {
    'config.json': JSON.stringify({model_type: 'clip', text_config: {}, vision_config: {}}),
    'preprocessor_config.json': JSON.stringify({
      do_center_crop: true,
      crop_size: {height: SIDE, width: SIDE},
      do_resize: true,
      size: {shortest_edge: SIDE},
      resample: 3,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    }),
    'tokenizer_config.json': JSON.stringify({pad_token: '<pad>'}),
    'tokenizer.json': JSON.stringify(TOKENIZER),
    [`onnx/vision_model${SUFFIX[precision]}.onnx`]: picturesOf(precision),
    [`onnx/text_model${SUFFIX[precision]}.onnx`]: textsOf(precision),
  }
}

/** Writes them into a folder, and gives that; null takes a file away. */
export async function makeEncoder(
  folder: string,
  {precision = 'float32', files = {}}: {precision?: Precision; files?: Record<string, string | Buffer | null>} = {},
): Promise<string> {
  await mkdir(join(folder, 'onnx'), {recursive: true})
  for (const [path, bytes] of Object.entries({...encoderFiles(precision), ...files})) {
    if (bytes !== null) await writeFile(join(folder, path), bytes)
  }
  return folder
}

/** Its manifest, as `models add` guesses it. */
const MANIFEST = {
  name: 'colours',
  dimension: DIMENSION,
  scale: {picture: {least: 0.18, sure: 0.32}, text: {least: 0.7, sure: 0.95}},
  image: {
    file: 'onnx/vision_model.onnx',
    input: 'pixel_values',
    output: 'image_embeds',
    layout: 'nchw',
    resize: {width: SIDE, height: SIDE, fit: 'cover', rounding: 'down', kernel: 'cubic'},
    crop: {width: SIDE, height: SIDE},
    mean: [127.5, 127.5, 127.5],
    deviation: [127.5, 127.5, 127.5],
  },
  text: {
    file: 'onnx/text_model.onnx',
    ids: 'input_ids',
    output: 'text_embeds',
    tokenizer: {kind: 'tokenizer.json', file: 'tokenizer.json', mostTokens: 77, lowerCase: false, pad: {id: 1, to: 'longest'}},
  },
  scoring: {kind: 'softmax', logitScale: 100, prompts: ['a photo of a {}', 'a picture of the {}', '{}']},
}

/** The same as a model that can be used as it lies there. */
export function makeColourModel(folder: string): Promise<string> {
  return makeEncoder(folder, {files: {'model.json': JSON.stringify(MANIFEST)}})
}
