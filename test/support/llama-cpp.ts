import {getLlama, LlamaLogLevel, type Llama, type Token} from 'node-llama-cpp'

let llama: Promise<Llama> | undefined

/** A model in llama.cpp, read exactly: attention without its 16-bit sums. */
export interface Oracle extends AsyncDisposable {
  /** The natural logarithms of the probabilities of all tokens behind each one. */
  logProbabilities(tokens: readonly number[]): Promise<Float64Array[]>
  /** The most likely token again and again. */
  greedy(tokens: readonly number[], count: number): Promise<number[]>
}

export async function openOracle(path: string, contextTokens: number): Promise<Oracle> {
  llama ??= getLlama({gpu: false, build: 'never', progressLogs: false, logLevel: LlamaLogLevel.error})
  const model = await (await llama).loadModel({modelPath: path})
  const context = await model.createContext({contextSize: contextTokens, flashAttention: false, threads: 1})
  const sequence = context.getSequence()
  return {
    async logProbabilities(tokens) {
      await sequence.clearHistory()
      const wanted = {generateNext: {logits: true}}
      const found = await sequence.controlledEvaluate(tokens.map(token => [token as Token, wanted]))
      return found.map(one => {
        const logits = new Float64Array(one?.next.logits?.size ?? 0)
        for (const [token, logit] of one?.next.logits ?? []) logits[token] = logit
        return logarithmsOf(logits)
      })
    },
    async greedy(tokens, count) {
      await sequence.clearHistory()
      const written: number[] = []
      for await (const token of sequence.evaluate(tokens as Token[], {temperature: 0, yieldEogToken: true})) {
        written.push(token)
        if (written.length === count) break
      }
      return written
    },
    async [Symbol.asyncDispose]() {
      await context.dispose()
      await model.dispose()
    },
  }
}

/** Logits as logarithms of probabilities. */
export function logarithmsOf(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits)
  const largest = values.reduce((a, b) => Math.max(a, b))
  const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0)
  return values.map(value => value - largest - Math.log(sum))
}
