import type {LlamaContextSequence, LlamaGrammarEvaluationState, LlamaModel, SequenceEvaluateOptions, Token} from 'node-llama-cpp'
import {MediaForgeError, messageOf, throwIfCancelled} from '../../../domain/errors.js'
import {DEFAULT_MAX_TOKENS, type Generated, type GenerateRequest} from '../../../domain/ports/language-model.js'
import {compileToGbnfAside} from '../thread.js'
import {HeldText} from './held-text.js'
import {importPackage, lastComplaint} from './package.js'

/** A prompt is read this many tokens at a time: between them it can be cancelled. */
const BATCH_TOKENS = 32
/** Tokens that the repetition penalty looks back on, as in the other backend. */
const PENALTY_WINDOW = 64

/** One answer of llama.cpp. */
export class Generation {
  readingSeconds = 0
  writingSeconds = 0
  private readonly held: HeldText
  private seen: Token[] = []
  /** Tokens whose characters are not whole yet. */
  private pending: Token[] = []
  private text = ''

  private constructor(
    private readonly model: LlamaModel,
    private readonly sequence: LlamaContextSequence,
    private readonly request: GenerateRequest,
    private readonly contextTokens: number,
    private readonly grammar: LlamaGrammarEvaluationState | undefined,
  ) {
    this.held = new HeldText(request.stop ?? [])
  }

  /** Rejects with `USAGE` where the JSON schema cannot be kept to. */
  static async open(
    model: LlamaModel,
    sequence: LlamaContextSequence,
    request: GenerateRequest,
    contextTokens: number,
    stop: AbortSignal,
  ): Promise<Generation> {
    const {jsonSchema} = request
    const grammar = jsonSchema === undefined ? undefined : await grammarOf(model, await compileToGbnfAside(jsonSchema, stop))
    return new Generation(model, sequence, request, contextTokens, grammar)
  }

  async run(tokens: Token[], stop: AbortSignal, onToken: (text: string) => void = () => undefined): Promise<Generated> {
    const most = this.request.maxTokens ?? DEFAULT_MAX_TOKENS
    const tell = (text: string): void => {
      if (text === '') return
      this.text += text
      onToken(text)
    }
    let started = performance.now()
    await this.sequence.clearHistory()
    this.seen = [...tokens]
    for (let at = 0; at + BATCH_TOKENS < tokens.length; at += BATCH_TOKENS) {
      throwIfCancelled(stop)
      await this.sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(at, at + BATCH_TOKENS))
    }
    const last = tokens.slice(Math.floor((tokens.length - 1) / BATCH_TOKENS) * BATCH_TOKENS)
    const written: Token[] = []
    let ending: Generated['ending'] = most > 0 ? 'stop' : 'length'
    const answer = most > 0 ? this.sequence.evaluate(last, this.options()) : []
    for await (const token of answer) {
      throwIfCancelled(stop)
      if (written.length === 0) {
        this.readingSeconds = secondsSince(started)
        started = performance.now()
      }
      written.push(token)
      this.seen.push(token)
      tell(this.held.add(this.wholeText(token)))
      if (this.held.stopped) break
      if (written.length === most) {
        ending = 'length'
        break
      }
      if (tokens.length + written.length > this.contextTokens) throw this.full(written.length)
    }
    this.writingSeconds = secondsSince(started)
    if (!this.held.stopped) tell(this.held.add(this.decoded(this.pending)) + this.held.rest())
    return {text: this.text, ending, tokensRead: tokens.length, tokensWritten: written.length}
  }

  private options(): SequenceEvaluateOptions {
    const {temperature = 0, topK = 0, topP = 1, minP = 0, seed = 0, repetitionPenalty = 1} = this.request
    return {
      temperature,
      topK,
      topP,
      minP,
      seed,
      ...(repetitionPenalty !== 1 && {
        repeatPenalty: {
          punishTokens: () => this.seen.slice(-PENALTY_WINDOW),
          maxPunishTokens: PENALTY_WINDOW,
          penalty: repetitionPenalty,
        },
      }),
      ...(this.grammar && {grammarEvaluationState: this.grammar}),
    }
  }

  /** The text that a token makes whole: a character may take several. */
  private wholeText(token: Token): string {
    this.pending.push(token)
    const text = this.decoded(this.pending)
    // U+FFFD stands for bytes that are no character yet, and none has more than four.
    if (text.endsWith('�') && this.pending.length < 4) return ''
    this.pending = []
    return text
  }

  private decoded(tokens: Token[]): string {
    return tokens.length === 0 ? '' : this.model.detokenize(tokens, false, this.seen.slice(0, this.seen.length - tokens.length))
  }

  private full(written: number): MediaForgeError {
    const message = `the context of ${this.contextTokens} tokens is full after ${written} written ones`
    return new MediaForgeError('CONTEXT_FULL', message, {hint: 'shorten the prompt, or open the model with more contextTokens'})
  }
}

async function grammarOf(model: LlamaModel, grammar: string): Promise<LlamaGrammarEvaluationState> {
  const {LlamaGrammarEvaluationState} = await importPackage()
  try {
    return new LlamaGrammarEvaluationState({model, grammar: await model.llama.createGrammar({grammar})})
  } catch (error) {
    throw new MediaForgeError('USAGE', `this JSON schema cannot be kept to: ${lastComplaint() || messageOf(error)}`, {
      cause: error,
    })
  }
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000
}
