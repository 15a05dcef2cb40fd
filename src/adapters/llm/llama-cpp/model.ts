import {stat} from 'node:fs/promises'
import type {LlamaContext, LlamaContextSequence, LlamaModel, Token} from 'node-llama-cpp'
import {MediaForgeError, messageOf, throwIfCancelled} from '../../../domain/errors.js'
import type {
  Generated,
  GenerateRequest,
  LanguageModel,
  LanguageModelConfig,
  ModelStats,
} from '../../../domain/ports/language-model.js'
import {normalise} from '../../../domain/vectors.js'
import {physicalCores} from '../cores.js'
import {promptOf} from '../prompt.js'
import {checkRequest} from '../request.js'
import type {Pieces} from '../said.js'
import {Tally} from '../tally.js'
import {areSame} from '../tokens.js'
import {Turns} from '../turns.js'
import {embedTokens} from './embedding.js'
import {Generation} from './generation.js'
import {importPackage, lastComplaint, startLlama} from './package.js'
import {promptTokens} from './prompt-tokens.js'

export async function loadLlamaCpp(): Promise<{open: (config: LanguageModelConfig) => Promise<LanguageModel>}> {
  await importPackage()
  return {open: openLlamaCppModel}
}

async function openLlamaCppModel({path, signal, ...config}: LanguageModelConfig): Promise<LanguageModel> {
  throwIfCancelled(signal)
  const llama = await startLlama(await importPackage())
  const file = await stat(path).catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `${path}: ${messageOf(error)}`, {
      hint: 'check the path of the model',
      cause: error,
    })
  })
  const threads = config.threads ?? (await physicalCores())
  let model: LlamaModel | undefined
  try {
    lastComplaint()
    model = await llama.loadModel({modelPath: path, ...(signal && {loadSignal: signal})})
    const contextTokens = Math.min(config.contextTokens ?? model.trainContextSize, model.trainContextSize)
    const context = await model.createContext({
      contextSize: contextTokens,
      threads: {ideal: threads, min: threads},
      ...(signal && {createSignal: signal}),
    })
    return new LlamaCppModel(model, context, {contextTokens, threads, fileBytes: file.size})
  } catch (error) {
    await model?.dispose()
    throwIfCancelled(signal)
    const {InsufficientMemoryError} = await importPackage()
    const code = error instanceof InsufficientMemoryError ? 'OUT_OF_MEMORY' : 'MODEL_INVALID'
    throw new MediaForgeError(code, `llama.cpp cannot open ${path}: ${lastComplaint() || messageOf(error)}`, {cause: error})
  }
}

interface Opened {
  contextTokens: number
  threads: number
  fileBytes: number
}

class LlamaCppModel implements LanguageModel {
  private readonly sequence: LlamaContextSequence
  private readonly turns = new Turns()
  private readonly tally = new Tally()
  private readonly closing = new AbortController()
  private closed: Promise<void> | undefined

  constructor(
    private readonly model: LlamaModel,
    private readonly context: LlamaContext,
    private readonly opened: Opened,
  ) {
    this.sequence = context.getSequence()
  }

  async generate(
    request: GenerateRequest,
    {signal, onToken}: {signal?: AbortSignal; onToken?: (text: string) => void} = {},
  ): Promise<Generated> {
    checkRequest(request)
    return this.inTurn(signal, async stop => {
      const form = {
        template: this.model.fileInfo.metadata.tokenizer.chat_template,
        bos: this.model.tokens.bosString,
        eos: this.model.tokens.eosString,
        holdsNames: (text: string) =>
          Promise.resolve(!areSame(this.model.tokenize(text, true), this.model.tokenize(text, false))),
      }
      const pieces = await promptOf(request, form, stop)
      const tokens = this.tokensOf(pieces)
      this.requireRoom(tokens.length)
      const generation = await Generation.open(this.model, this.sequence, request, this.opened.contextTokens, stop)
      const generated = await generation.run(tokens, stop, onToken)
      this.tally.add({...generated, readingSeconds: generation.readingSeconds, writingSeconds: generation.writingSeconds})
      return generated
    })
  }

  async embed(text: string, {signal}: {signal?: AbortSignal} = {}): Promise<Float32Array> {
    return this.inTurn(signal, async () => {
      const tokens = this.tokensOf(['', text])
      this.requireRoom(tokens.length)
      const started = performance.now()
      const vector = normalise(await embedTokens(this.model, tokens, this.opened))
      this.tally.add({tokensRead: tokens.length, readingSeconds: (performance.now() - started) / 1000})
      return vector
    })
  }

  async tokenize(text: string, {special = false, signal}: {special?: boolean; signal?: AbortSignal} = {}): Promise<Int32Array> {
    return this.inTurn(signal, () => Promise.resolve(Int32Array.from(this.tokensOf(special ? [text] : ['', text]))))
  }

  stats(): ModelStats {
    const {fileInsights, fileInfo, trainContextSize, memoryUsage} = this.model
    return {
      backend: 'llama-cpp',
      architecture: fileInfo.metadata.general.architecture,
      layers: fileInsights.totalLayers - 1,
      vocabularyTokens: fileInfo.metadata.tokenizer.ggml.tokens.length,
      contextTokens: this.opened.contextTokens,
      trainedContextTokens: trainContextSize,
      threads: this.opened.threads,
      kernels: null,
      fileBytes: this.opened.fileBytes,
      memoryBytes: memoryUsage.ram,
      ...this.tally.counts(),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort(new MediaForgeError('CANCELLED', 'the model was closed'))
    this.closed ??= this.turns.end().then(async () => {
      await this.context.dispose()
      await this.model.dispose()
    })
    await this.closed
  }

  private async inTurn<T>(signal: AbortSignal | undefined, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
    if (this.closed !== undefined) throw new MediaForgeError('BACKEND_UNAVAILABLE', 'the model is closed')
    const stop = signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal])
    return this.turns.take(stop, () => work(stop))
  }

  /** With what the model wants in front of a text. A template may have written that already. */
  private tokensOf(pieces: Pieces): Token[] {
    const {bos, bosString, shouldPrependBosToken} = this.model.tokens
    const tokens = promptTokens(this.model, pieces)
    const hasBos = bosString !== null && pieces[0]?.startsWith(bosString) === true
    return bos !== null && shouldPrependBosToken && !hasBos ? [bos, ...tokens] : tokens
  }

  private requireRoom(tokens: number): void {
    const {contextTokens} = this.opened
    if (tokens === 0) throw new MediaForgeError('USAGE', 'the prompt is empty')
    if (tokens <= contextTokens) return
    throw new MediaForgeError('CONTEXT_FULL', `the text has ${tokens} tokens, and there is room for ${contextTokens}`, {
      hint: 'shorten the prompt, or open the model with more contextTokens',
    })
  }
}
