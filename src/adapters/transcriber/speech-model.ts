import {join} from 'node:path'
import {deflateSync} from 'node:zlib'
import type {Tensor} from 'onnxruntime-node'
import {MediaForgeError} from '../../domain/errors.js'
import type {Cue} from '../../domain/subtitles.js'
import {openDecoder, type Rows} from '../inference/decoder.js'
import {assertInputs, inputOf, mismatch, openSession} from '../inference/session.js'
import {floatsOf, floatTensor, FLOAT_TYPES} from '../inference/tensors.js'
import {readTokenizer} from '../inference/tokenizer-file.js'
import {detokenizerOf} from '../inference/tokenizer.js'
import {COLUMNS, logMel, WINDOW_SAMPLES} from './mel.js'
import type {RecogniserData} from './messages.js'
import {readSpecialTokens, type SpecialTokens} from './special-tokens.js'
import {highestOf, likeliest, probability} from './token-rules.js'

/** Writes down what is said in up to 30 s of sound. */
export type Recognise = (samples: Float32Array) => Promise<Cue[]>

const SAMPLES_A_MS = 16
const MS_A_TIME = 20
/** Half of what the decoder can look back at, as its makers have it. */
const MOST_TOKENS = 224
/** Nobody speaks where the model says so, unless it is sure of its words; text that shrinks this much is a loop (arXiv 2212.04356, section 4.5). */
const SILENT_FROM = 0.6
const SURE_FROM = -1
const LOOPING_FROM = 2.4

/**
 * Loads all parts of a Whisper model: an encoder that reads a spectrogram, and a decoder that writes text with times in it. The language is the one that
 * the model thinks likeliest. Rejects like `openSession` and `openDecoder`.
 */
export async function openSpeechModel({folder, manifest, threads, stop}: RecogniserData): Promise<Recognise> {
  const {encoder, decoder, tokenizer, generation, melBands, name} = manifest
  const tokens = await readSpecialTokens(join(folder, generation))
  const detokenize = await readTokenizer(join(folder, tokenizer), 'tokenizer.json', json => detokenizerOf(json as object))
  const encode = await openEncoder(join(folder, encoder), melBands, threads)
  const begin = await openDecoder(join(folder, decoder), threads, 'input_ids')

  return async samples => {
    const next = begin(await encode(logMel(samples.subarray(0, WINDOW_SAMPLES), melBands)))
    let scores = await next([tokens.start])
    const silence = probability(scores, tokens.noSpeech)
    for (const id of [highestOf(scores, tokens.languages), tokens.transcribe]) if (id !== null) scores = await next([id])
    const written: number[] = []
    let sureness = 0
    while (written.length < MOST_TOKENS && Atomics.load(stop, 0) === 0) {
      const {id, logProbability} = likeliest(scores, written, tokens)
      if (Number.isNaN(logProbability)) throw new MediaForgeError('CONFIG_INVALID', `what ${name} computes is not a number`)
      sureness += logProbability
      if (id === tokens.end) break
      written.push(id)
      scores = await next([id])
    }
    if (silence > SILENT_FROM && sureness / (written.length + 1) < SURE_FROM) return []
    const cues = cuesOf(written, tokens, detokenize, samples.length / SAMPLES_A_MS)
    return isLoop(cues) ? [] : cues
  }
}

async function openEncoder(path: string, bands: number, threads: number): Promise<(mel: Float32Array) => Promise<Rows>> {
  const session = await openSession(path, threads)
  const {type, shape} = inputOf(session, path, 'input_features', FLOAT_TYPES)
  assertInputs(session, path, ['input_features'])
  if (shape.length !== 3 || (shape[1] ?? bands) !== bands) {
    throw mismatch(path, `its input_features are ${shape.map(size => size ?? '?').join(' × ')}, and melBands says ${bands}`)
  }
  const output = 'last_hidden_state'
  if (!session.outputNames.includes(output)) throw mismatch(path, `it has no output '${output}'`)
  return async mel => {
    const outputs = await session.run({input_features: floatTensor(type, mel, [1, bands, COLUMNS])}, [output])
    const {data, dims} = outputs[output] as Tensor
    return {rows: dims[1] ?? 0, data: floatsOf(data)}
  }
}

/** Text between times. The last one has no end where the sound ends before the words do. */
function cuesOf(
  written: readonly number[],
  {firstTime}: SpecialTokens,
  detokenize: (ids: number[]) => string,
  durationMs: number,
): Cue[] {
  const cues: Cue[] = []
  let startMs = 0
  let words: number[] = []
  const end = (endMs: number): void => {
    const text = detokenize(words).trim()
    if (text !== '' && endMs > startMs) cues.push({startMs, endMs, text})
    words = []
  }
  for (const id of written) {
    if (id < firstTime) words.push(id)
    else {
      const atMs = Math.min((id - firstTime) * MS_A_TIME, durationMs)
      end(atMs)
      startMs = atMs
    }
  }
  end(durationMs)
  return cues
}

function isLoop(cues: readonly Cue[]): boolean {
  const text = Buffer.from(cues.map(cue => cue.text).join(' '))
  return text.length > 0 && text.length / deflateSync(text).length > LOOPING_FROM
}
