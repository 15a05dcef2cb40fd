import {nativeEngineVerdict} from '../../domain/cpu.js'
import {MediaForgeError} from '../../domain/errors.js'
import {openAddon} from './addon.js'
import {readCpuFeatures} from './cpu.js'

/** One multiplication of packed ternary weights by the activations of some tokens, `matrices` different matrices in turn. */
interface KernelRun {
  kernel: string
  rows: number
  columns: number
  tokens: number
  threads: number
  matrices?: number
  seed?: number
}

/** One step of the decoder on random values: see `native/ryot/src/checks/checks.h`. */
interface StepCheck {
  step: 'ternary' | 'coded' | 'head' | 'attention' | 'norm' | 'silu' | 'relu2' | 'rope'
  kernel?: string
  type?: string
  rows: number
  columns: number
  tokens?: number
  threads?: number
  seed?: number
  values?: 'extreme' | 'largest'
  activations?: 'token' | 'q8k'
  scales?: 'row' | 'block'
}

interface Measured {
  seconds: number
  bytes: number
  multiplications: number
}

/** What a file says of its vocabulary; nothing where it has none. */
export interface VocabularyFacts {
  vocabularyKind?: 'sentencepiece' | 'bpe'
  vocabularyTokens?: number
  vocabularyBos?: number
  vocabularyEos?: number
  vocabularyEot?: number
  vocabularyBosText?: string
  vocabularyEosText?: string
  /** The tokens behind which a model has no more to say. */
  vocabularyEnds?: Int32Array
  vocabularyAddsBos?: boolean
  vocabularyChatTemplate?: string
}

/** What a loaded model is like. */
export interface RyotFacts extends VocabularyFacts {
  architecture: string
  layers: number
  embedding: number
  vocabulary: number
  contextTokens: number
  trainedContextTokens: number
  threads: number
  /** The kernels for one token and for many, as they were chosen. */
  decodeKernel: string
  prefillKernel: string
  /** What one decoded token reads of the weights. */
  weightBytes: number
  /** Memory of the keys and values. */
  cacheBytes: number
  fileBytes: number
}

/** What a generated text took. */
export interface RyotGenerated {
  ending: 'stop' | 'length'
  /** The end of the text, where it was held back because it could have been a text that ends it. */
  restText: string
  tokensRead: number
  tokensWritten: number
  readingSeconds: number
  writingSeconds: number
}

/**
 * One model with one running text. Work is done in order on a thread of its own; errors carry the code as `code`. A call that has an `id` can
 * be aborted by it.
 */
export interface RyotEngine {
  load(options: {
    id?: number
    path: string
    threads: number
    contextTokens?: number
    head?: 'fast' | 'exact'
    kernel?: string
    activations?: 'token' | 'q8k'
    cache?: 'f16' | 'int8'
  }): Promise<RyotFacts>
  /** For `tokenize` and `detokenize` alone. */
  load(options: {id?: number; path: string; vocabularyOnly: true}): Promise<VocabularyFacts>
  /** `special`: names of control tokens in the text become those tokens; `bos`: with the tokens that texts begin and end with. */
  tokenize(text: string | Uint8Array, options: {id?: number; special: boolean; bos: boolean}): Promise<Int32Array>
  /** A prompt in pieces, the model's own form and what somebody said in turns: names of control tokens count in the form alone. */
  tokenize(pieces: readonly string[], options: {id?: number; bos: boolean}): Promise<Int32Array>
  /** `special`: control tokens are shown by their names. */
  detokenize(tokens: Int32Array, options: {id?: number; special: boolean}): Promise<string>
  /** The logits behind the last token. */
  read(tokens: Int32Array, id?: number): Promise<Float32Array>
  /** The mean of the last hidden states of a new text. */
  embed(tokens: Int32Array, id?: number): Promise<Float32Array>
  /** Reads the tokens and writes on, behind what was read before or `anew`. `onToken` must not throw; its text is whole characters, often none. */
  generate(
    request: {
      id?: number
      tokens: Int32Array
      anew?: boolean
      maxTokens: number
      /** Tokens and texts that end the text and are no part of it. */
      stopTokens?: Int32Array
      stopStrings?: readonly string[]
      /** What the text must be like, as the grammar compiler makes it of a JSON schema. */
      grammar?: Int32Array
      temperature?: number
      topK?: number
      topP?: number
      minP?: number
      repetitionPenalty?: number
      frequencyPenalty?: number
      presencePenalty?: number
      /** How many of the last tokens the penalties look at: 64 where not said. */
      penaltyWindow?: number
      seed?: number
    },
    onToken: (token: number, text: string) => void,
  ): Promise<RyotGenerated>
  rewind(position: number): Promise<void>
  /** Ends the calls of this id, or all, with CANCELLED: at once where they wait, within a layer where one runs. */
  abort(id?: number): void
  /** Ends what runs and what waits; resolves when the memory is given back. */
  close(): Promise<void>
}

/** The engine's addon. What measures blocks the event loop: it is for benchmarks and tests. */
interface RyotAddon {
  Engine: new () => RyotEngine
  kernelNames(): string[]
  /** The kernels that models get which ask for none, by a measurement. */
  fastestKernels(): {decode: string; prefill: string}
  measureKernel(run: KernelRun): Measured
  /** How a step's results differ from the reference's: how many are not the same, and the largest difference as a share of the largest result. */
  check(step: StepCheck): {results: number; differing: number; largestError: number}
  measureReading(bytes: number, threads: number): Measured
  /** Multiplies what is in registers: the most that a kernel can reach. */
  measureMultiplying(threads: number): Measured
  /** Processor time that the calling thread has used so far: unlike the clock's, not what others took away from it. */
  threadSeconds(): number
}

/** Loads the native engine. Throws `BACKEND_UNAVAILABLE` where the CPU cannot run it or it was not built: loading it then would end the process. */
export function openRyot(): RyotAddon {
  const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
  if (!allowed) throw new MediaForgeError('BACKEND_UNAVAILABLE', `the native engine cannot run here: ${reason}`)
  const opened = openAddon<RyotAddon>('ryot')
  if (opened.addon !== null) return opened.addon
  throw new MediaForgeError('BACKEND_UNAVAILABLE', `the native engine cannot run here: ${opened.reason}`, {hint: 'npm run build'})
}
