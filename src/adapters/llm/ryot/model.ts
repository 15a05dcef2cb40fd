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
import {openRyot, type RyotFacts} from '../../native/ryot.js'
import {physicalCores} from '../cores.js'
import {promptOf, type ChatForm} from '../prompt.js'
import {checkRequest} from '../request.js'
import type {Pieces} from '../said.js'
import {Tally} from '../tally.js'
import {compileJsonSchemaAside} from '../thread.js'
import {areSame} from '../tokens.js'
import {Answer} from './answer.js'
import {Requests, type Request} from './requests.js'

/** Rejects with `BACKEND_UNAVAILABLE` where the CPU cannot run the engine, or it was not built. */
export function loadRyot(): {open: (config: LanguageModelConfig) => Promise<LanguageModel>} {
  openRyot()
  return {open: ({path, ...options}) => openModel(path, options)}
}

/** Opens a GGUF in the native engine; see `LanguageModel`. `kernel`: `auto`, or one for everything. */
export async function openModel(path: string, options: Omit<LanguageModelConfig, 'path'> = {}): Promise<LanguageModel> {
  const {contextTokens, kernel, head, kvCache: cache, signal} = options
  throwIfCancelled(signal)
  const threads = options.threads ?? (await physicalCores())
  const {Engine} = openRyot()
  const requests = new Requests(new Engine())
  try {
    const facts = await requests.run(signal, call =>
      call((engine, id) => engine.load({id, path, threads, ...given({contextTokens, kernel, head, cache})})),
    )
    return new RyotModel(requests, facts)
  } catch (error) {
    await requests.close()
    throw error
  }
}

class RyotModel implements LanguageModel {
  private readonly tally = new Tally()

  constructor(
    private readonly requests: Requests,
    private readonly facts: RyotFacts,
  ) {}

  async generate(
    request: GenerateRequest,
    {signal, onToken}: {signal?: AbortSignal; onToken?: (text: string) => void} = {},
  ): Promise<Generated> {
    checkRequest(request)
    const {vocabularyEnds = new Int32Array()} = this.facts
    const {temperature, topK, topP, minP, repetitionPenalty, seed, stop = [], jsonSchema} = request
    const options = {
      anew: true,
      maxTokens: request.maxTokens ?? DEFAULT_MAX_TOKENS,
      stopTokens: vocabularyEnds,
      stopStrings: stop,
      ...given({temperature, topK, topP, minP, repetitionPenalty, seed}),
    }
    const answer = new Answer(onToken)
    const generated = await this.requests
      .run(signal, async call => {
        const grammar = jsonSchema && (await compileJsonSchemaAside(jsonSchema, signal))
        const tokens = await this.tokensOf(await promptOf(request, this.chatForm(call), signal), call)
        return call((engine, id) =>
          engine.generate({id, tokens, ...options, ...given({grammar})}, (_, piece) => {
            if (!answer.tell(piece)) engine.abort(id)
          }),
        )
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
    return this.requests.run(signal, async call => {
      const tokens = await this.tokensOf(['', text], call)
      const started = performance.now()
      const vector = await call((engine, id) => engine.embed(tokens, id))
      this.tally.add({tokensRead: tokens.length, readingSeconds: (performance.now() - started) / 1000})
      return normalise(vector)
    })
  }

  async tokenize(text: string, {special = false, signal}: {special?: boolean; signal?: AbortSignal} = {}): Promise<Int32Array> {
    return this.requests.run(signal, call => call((engine, id) => engine.tokenize(text, {id, special, bos: true})))
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
    await this.requests.close()
  }

  private chatForm(call: Request): ChatForm {
    const {vocabularyChatTemplate, vocabularyBosText, vocabularyEosText} = this.facts
    const read = (text: string, special: boolean): Promise<Int32Array> =>
      call((engine, id) => engine.tokenize(text, {id, special, bos: false}))
    return {
      template: vocabularyChatTemplate,
      bos: vocabularyBosText ?? null,
      eos: vocabularyEosText ?? null,
      holdsNames: async text => !areSame(await read(text, true), await read(text, false)),
    }
  }

  /** With what the model wants in front of a text. A template may have written that already. */
  private async tokensOf(pieces: Pieces, call: Request): Promise<Int32Array> {
    const {vocabularyBosText, vocabularyAddsBos = false} = this.facts
    const hasBos = vocabularyBosText !== undefined && pieces[0]?.startsWith(vocabularyBosText) === true
    const tokens = await call((engine, id) => engine.tokenize(pieces, {id, bos: vocabularyAddsBos && !hasBos}))
    if (tokens.length === 0) throw new MediaForgeError('USAGE', 'the prompt is empty')
    return tokens
  }
}

/** Without what nobody set. */
function given<T extends object>(settings: {[Name in keyof T]: T[Name] | undefined}): Partial<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<T>
}
