#!/usr/bin/env node
// `npm run fuzz [-- CASES [SEED]]`: builds the GGUF reader and the decoder with address and undefined-behaviour sanitizers, and gives them broken files.
// `npm run fuzz -- check`: only whether it would compile.
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {argv, stderr} from 'node:process'
import {fileURLToPath} from 'node:url'
import {quantise} from '../dist/adapters/gguf/quantise.js'
import {TENSOR_TYPES} from '../dist/adapters/gguf/tensor-types.js'
import {writeGguf} from '../dist/adapters/gguf/write-gguf.js'

const RYOT = fileURLToPath(new URL('../native/ryot', import.meta.url))
/** The face to JavaScript, and the checks that only it reaches. */
const NOT_FUZZED = ['binding', 'checks']
const AVX512 = ['f', 'bw', 'dq', 'vl', 'vnni', 'vbmi'].map(name => `-mavx512${name}`)
const FLAGS = [
  '-std=c++17',
  '-O1',
  '-g',
  '-fsanitize=address,undefined,float-cast-overflow',
  '-fno-sanitize-recover=all',
  '-mavx2',
  '-mfma',
  '-mf16c',
  ...AVX512,
]

/** Of a head of eight numbers, a factor for each pair. */
const ONES = new Float32Array(4).fill(1)

const [cases = '1000000', seed = '1'] = argv.slice(2)
if (cases === 'check') compile(sourceFiles(['fuzz']), ['-fsyntax-only'])
else await fuzz(build())

async function fuzz(program) {
  const folder = mkdtempSync(join(tmpdir(), 'mediaforge-fuzz-'))
  try {
    const inputs = await writeInputs(folder)
    process.exitCode = spawnSync(program, [cases, seed, ...inputs], {stdio: 'inherit'}).status ?? 1
  } finally {
    rmSync(folder, {recursive: true})
  }
}

/** Sanitizers make a build of a minute: it is done again only for sources that are newer. */
function build() {
  const built = join(RYOT, 'build', 'fuzz', 'gguf')
  const rooms = readdirSync(join(RYOT, 'src')).filter(name => !NOT_FUZZED.includes(name))
  const sources = sourceFiles([...rooms.map(name => join('src', name)), 'fuzz'])
  const changedMs = Math.max(...sources.map(path => statSync(path).mtimeMs))
  if (existsSync(built) && statSync(built).mtimeMs >= changedMs) return built
  mkdirSync(dirname(built), {recursive: true})
  compile(sources, ['-o', built, '-pthread'])
  return built
}

function sourceFiles(folders) {
  return folders.flatMap(folder => readdirSync(join(RYOT, folder)).map(name => join(RYOT, folder, name)))
}

function compile(sources, options) {
  const files = sources.filter(path => path.endsWith('.cc'))
  const done = spawnSync('g++', [...FLAGS, '-I', join(RYOT, 'src'), ...files, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (done.status === 0) return
  stderr.write('fuzz: could not be built; it takes g++ and its sanitizers\n')
  process.exit(1)
}

/** Sound files, one of each kind of weights, of vocabulary and of positions, as small as rows of whole blocks let them be. */
async function writeInputs(folder) {
  const models = [
    ...Object.keys(TENSOR_TYPES).map(type => [type, type, {}]),
    ...['llama-bpe', 'gpt-2', 'qwen2'].map(rule => [rule, 'F16', {header: bpeVocabulary(rule)}]),
    ['yarn', 'F16', {header: {'llama.rope.scaling.type': 'yarn', 'llama.rope.scaling.factor': {float: 4}}}],
    ['factors', 'F16', {tensors: [{name: 'rope_freqs.weight', type: 'F32', dimensions: [4], data: [quantise('F32', ONES)]}]}],
  ]
  const inputs = []
  for (const [name, type, more] of models) {
    const path = join(folder, `${name}.gguf`)
    await writeTinyModel(path, type, more)
    inputs.push(path)
  }
  return inputs
}

/** Byte-level: characters that stand for bytes, two of them joined, and a control token. */
function bpeVocabulary(rule) {
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': rule,
    'tokenizer.ggml.tokens': {texts: ['<s>', 'a', 'b', 'ab', 'Ġa']},
    'tokenizer.ggml.merges': {texts: ['a b', 'Ġ a']},
    'tokenizer.ggml.token_type': {ints: [3, 1, 1, 1, 1]},
  }
}

async function writeTinyModel(path, type, more) {
  const width = Math.max(32, TENSOR_TYPES[type].blockValues)
  const vocabulary = 5
  const ternary = /^(TQ|I2)/.test(type)
  const architecture = ternary ? 'bitnet-b1.58' : 'llama'
  const header = {
    'general.architecture': architecture,
    [`${architecture}.embedding_length`]: width,
    [`${architecture}.block_count`]: 1,
    [`${architecture}.feed_forward_length`]: width,
    [`${architecture}.attention.head_count`]: 4,
    [`${architecture}.attention.head_count_kv`]: 1,
    [`${architecture}.context_length`]: 16,
    [`${architecture}.rope.freq_base`]: {float: 10_000},
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': {texts: ['<unk>', '<s>', '</s>', 'a', 'b']},
    'tokenizer.ggml.scores': {floats: [0, 0, 0, -1, -2]},
    'tokenizer.ggml.token_type': {ints: [2, 3, 3, 1, 1]},
    ...more.header,
  }
  const tensor = (name, own, ...dimensions) => {
    const count = dimensions.reduce((product, size) => product * size)
    const values = Float32Array.from({length: count}, (_, i) => ((i % 3) - 1) * 0.5)
    return {name: `${name}.weight`, type: own, dimensions, data: [quantise(own, values)]}
  }
  const norms = ['attn_norm', 'ffn_norm', ...(ternary ? ['attn_sub_norm', 'ffn_sub_norm'] : [])]
  const linears = {
    attn_q: width,
    attn_k: width / 4,
    attn_v: width / 4,
    attn_output: width,
    ffn_gate: width,
    ffn_up: width,
    ffn_down: width,
  }
  await writeGguf(path, header, [
    tensor('token_embd', ternary ? 'F16' : type, width, vocabulary),
    tensor('output_norm', 'F32', width),
    ...norms.map(name => tensor(`blk.0.${name}`, 'F32', width)),
    ...Object.entries(linears).map(([name, rows]) => tensor(`blk.0.${name}`, type, width, rows)),
    ...(more.tensors ?? []),
  ])
}
