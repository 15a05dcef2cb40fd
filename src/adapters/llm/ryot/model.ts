import {MediaForgeError, throwIfCancelled} from '../../../domain/errors.js'
import {
  DEFAULT_MAX_TOKENS,
  type Generated,
  type GenerateRequest,
  type LanguageModel,
  type LanguageModelConfig,
  type ModelStats,
} from '../../../domain/ports/language-model.js'
import {normalise} from '../../../domain/vectors.js'
import {openRyot, type RyotEngine, type RyotFacts} from '../../native/ryot.js'
import {physicalCores} from '../cores.js'
import {promptOf} from '../prompt.js'
import {Tally} from '../tally.js'
import {translated} from './errors.js'

/** Rejects with `BACKEND_UNAVAILABLE` where the CPU cannot run the engine, or it was not built. */
export function loadRyot(): {open: (config: LanguageModelConfig) => Promise<LanguageModel>} {
  openRyot()
  return {open: ({path, ...options}) => openModel(path, options)}
}

/** Opens a GGUF in the native engine; see `LanguageModel`. `kernel`: `auto`, or one for everything. */
export async function openModel(path: string, options: Omit<LanguageModelConfig, 'path'> = {}): Promise<LanguageModel> {
  const {contextTokens, kernel, signal} = options
  throwIfCancelled(signal)
  const threads = options.threads ?? (await physicalCores())
  const {Engine} = openRyot()
  const calls = new Calls(new Engine())
  try {
    const facts = await calls.call(signal, (engine, id) =>
      engine.load({
        id,
        path,
        threads,
        ...(contextTokens !== undefined && {contextTokens}),
        ...(kernel !== undefined && {kernel}),
      }),
    )
    return new RyotModel(calls, facts)
  } catch (error) {
    await calls.close()
    throw error
  }
}

/** Calls of an engine that can be aborted one by one, with this program's errors. */
class Calls {
  private lastId = 0
  private closed: Promise<void> | undefined

  constructor(private readonly engine: RyotEngine) {}

  async call<T>(signal: AbortSignal | undefined, start: (engine: RyotEngine, id: number) => Promise<T>): Promise<T> {
    throwIfCancelled(signal)
    if (this.closed !== undefined) throw new Error('the model is closed')
    const id = ++this.lastId
    const abort = (): void => this.engine.abort(id)
    signal?.addEventListener('abort', abort, {once: true})
    try {
      return await start(this.engine, id)
    } catch (error) {
      throw translated(error)
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  async close(): Promise<void> {
    await (this.closed ??= this.engine.close())
  }
}

class RyotModel implements LanguageModel {
  private readonly tally = new Tally()

  constructor(
    private readonly calls: Calls,
    private readonly facts: RyotFacts,
  ) {}

  async generate(
    request: GenerateRequest,
    {signal, onToken}: {signal?: AbortSignal; onToken?: (text: string) => void} = {},
  ): Promise<Generated> {
    const {vocabularyChatTemplate, vocabularyBosText, vocabularyEosText, vocabularyEnds} = this.facts
    const {temperature, topK, topP, minP, repetitionPenalty, seed, stop = [], maxTokens = DEFAULT_MAX_TOKENS} = request
    const prompt = promptOf(request, {
      template: vocabularyChatTemplate,
      bos: vocabularyBosText ?? null,
      eos: vocabularyEosText ?? null,
    })
    const tokens = await this.tokensOf(prompt, true, signal)
    const answer = new Answer(onToken)
    const generated = await this.calls
      .call(signal, async (engine, id) => {
        const options = {
          id,
          tokens,
          anew: true,
          maxTokens,
          stopTokens: vocabularyEnds ?? new Int32Array(),
          stopStrings: [...stop],
          ...given({temperature, topK, topP, minP, repetitionPenalty, seed}),
        }
        return engine.generate(options, (_, piece) => {
          if (!answer.tell(piece)) engine.abort(id)
        })
      })
      .catch((error: unknown) => {
        answer.rethrow()
        throw error
      })
    answer.tell(generated.restText)
    answer.rethrow()
    this.tally.add(generated)
    const {ending, tokensRead, tokensWritten} = generated
    return {text: answer.text, ending, tokensRead, tokensWritten}
  }

  async embed(text: string, {signal}: {signal?: AbortSignal} = {}): Promise<Float32Array> {
    const tokens = await this.tokensOf(text, false, signal)
    const started = performance.now()
    const vector = await this.calls.call(signal, (engine, id) => engine.embed(tokens, id))
    this.tally.add({tokensRead: tokens.length, readingSeconds: (performance.now() - started) / 1000})
    return normalise(vector)
  }

  async tokenize(text: string, {special = false, signal}: {special?: boolean; signal?: AbortSignal} = {}): Promise<Int32Array> {
    return this.calls.call(signal, (engine, id) => engine.tokenize(text, {id, special, bos: true}))
  }

  stats(): ModelStats {
    const {architecture, layers, vocabulary, contextTokens, trainedContextTokens, threads, decodeKernel, prefillKernel} =
      this.facts
    const {fileBytes, weightBytes, cacheBytes} = this.facts
    return {
      backend: 'ryot',
      architecture,
      layers,
      vocabularyTokens: vocabulary,
      contextTokens,
      trainedContextTokens,
      threads,
      kernels: {decode: decodeKernel, prefill: prefillKernel},
      fileBytes,
      memoryBytes: weightBytes + cacheBytes,
      ...this.tally.counts(),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.calls.close()
  }

  /** With what the model wants in front of a text. A template may have written that already. */
  private async tokensOf(text: string, special: boolean, signal: AbortSignal | undefined): Promise<Int32Array> {
    const {vocabularyBosText, vocabularyAddsBos = false} = this.facts
    const hasBos = special && vocabularyBosText !== undefined && text.startsWith(vocabularyBosText)
    const bos = vocabularyAddsBos && !hasBos
    const tokens = await this.calls.call(signal, (engine, id) => engine.tokenize(text, {id, special, bos}))
    if (tokens.length === 0) throw new MediaForgeError('USAGE', 'the prompt is empty')
    return tokens
  }
}

/** A text as it is written, and told to somebody who may fail. */
class Answer {
  text = ''
  private thrown: {error: unknown} | undefined

  constructor(private readonly onToken: ((text: string) => void) | undefined) {}

  /** False once telling has failed. */
  tell(piece: string): boolean {
    if (piece === '' || this.thrown !== undefined) return this.thrown === undefined
    this.text += piece
    try {
      this.onToken?.(piece)
    } catch (error) {
      this.thrown = {error}
    }
    return this.thrown === undefined
  }

  rethrow(): void {
    if (this.thrown !== undefined) throw this.thrown.error
  }
}

/** Without what nobody set. */
function given<T extends object>(settings: {[Name in keyof T]: T[Name] | undefined}): Partial<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<T>
}
