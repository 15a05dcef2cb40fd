import {MediaForgeError, messageOf} from '../../domain/errors.js'
import {openRyot} from '../../adapters/native/ryot.js'

/** An engine with a model loaded, ready to be timed. All times are in seconds. */
export interface Contestant extends AsyncDisposable {
  readonly loadSeconds: number
  /** Bytes of weights that one decoded token reads; unknown for engines that do not tell. */
  readonly weightBytes: number | null
  /** Forgets what was read, and reads a prompt of so many tokens. */
  prefill(tokens: number): Promise<number>
  /** Writes so many tokens after what was read. */
  decode(tokens: number): Promise<number>
}

export interface ContestantOptions {
  path: string
  threads: number
  /** Ryot's kernel, or `auto`. */
  kernel: string
  signal: AbortSignal
}

/** Room for the longest prompt that is measured and what is written behind it. */
const CONTEXT_TOKENS = 1024
/** Ordinary words in every vocabulary of more than a thousand. */
const FIRST_TOKEN = 300

export async function openRyotContestant({path, threads, kernel, signal}: ContestantOptions): Promise<Contestant> {
  const engine = new (openRyot().Engine)()
  const stop = (): void => engine.abort()
  signal.addEventListener('abort', stop)
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', stop)
    await engine.close()
  }
  const started = performance.now()
  try {
    const {weightBytes} = await engine.load({path, threads, kernel, contextTokens: CONTEXT_TOKENS})
    return {
      loadSeconds: secondsSince(started),
      weightBytes,
      async prefill(tokens) {
        await engine.rewind(0)
        const from = performance.now()
        await engine.read(Int32Array.from({length: tokens}, (_, i) => FIRST_TOKEN + i))
        return secondsSince(from)
      },
      async decode(tokens) {
        const times: number[] = []
        const request = {tokens: Int32Array.of(FIRST_TOKEN), maxTokens: tokens + 1}
        await engine.generate(request, () => times.push(performance.now()))
        return ((times.at(-1) as number) - (times[0] as number)) / 1000
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** llama.cpp as Node programs use it. Throws `BACKEND_UNAVAILABLE` where node-llama-cpp is not installed. */
export async function openLlamaCppContestant({path, threads}: Omit<ContestantOptions, 'kernel'>): Promise<Contestant> {
  const {getLlama, LlamaLogLevel} = await import('node-llama-cpp').catch((error: unknown) => {
    throw new MediaForgeError('BACKEND_UNAVAILABLE', `llama.cpp cannot be measured: ${messageOf(error)}`, {
      hint: 'npm install node-llama-cpp',
    })
  })
  const llama = await getLlama({gpu: false, build: 'never', logLevel: LlamaLogLevel.disabled, maxThreads: threads})
  const started = performance.now()
  const model = await llama.loadModel({modelPath: path, gpuLayers: 0})
  const context = await model.createContext({
    contextSize: CONTEXT_TOKENS,
    batchSize: 512,
    threads: {ideal: threads, min: threads},
  })
  const sequence = context.getSequence()
  const token = (number: number): ReturnType<typeof model.tokenize>[number] => number as ReturnType<typeof model.tokenize>[number]
  return {
    loadSeconds: secondsSince(started),
    weightBytes: null,
    async prefill(tokens) {
      await sequence.clearHistory()
      const prompt = Array.from({length: tokens}, (_, i) => token(FIRST_TOKEN + i))
      const from = performance.now()
      await sequence.evaluateWithoutGeneratingNewTokens(prompt)
      return secondsSince(from)
    },
    async decode(tokens) {
      const written = sequence.evaluate([token(FIRST_TOKEN)], {temperature: 0, yieldEogToken: true})
      await written.next()
      const from = performance.now()
      for (let i = 0; i < tokens; i++) await written.next()
      const seconds = secondsSince(from)
      await written.return()
      return seconds
    },
    async [Symbol.asyncDispose]() {
      await llama.dispose()
    },
  }
}

function secondsSince(from: number): number {
  return (performance.now() - from) / 1000
}
