import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {compileJsonSchema} from '../../adapters/llm/grammar/compile-schema.js'
import {openRyot, type RyotEngine} from '../../adapters/native/ryot.js'
import {throwIfCancelled} from '../../domain/errors.js'
import {alone, medianOf, type BenchResult} from './measure.js'
import {writeRandomModel} from './random-model.js'
import {TAGS_SCHEMA} from './ryot-waits.js'
import type {BenchContext} from './suites.js'

const WRITTEN_TOKENS = 100

/**
 * What a JSON schema costs a token, with a vocabulary of 128,256: in the first answer under it, which makes the masks, and in one that finds
 * them made. Measured on a model that is hardly more than its vocabulary, against the same without a schema.
 */
export async function* grammarResults({folder, rounds, signal}: BenchContext): AsyncIterable<BenchResult> {
  const path = join(folder, 'vocabulary.gguf')
  await writeRandomModel(path, 'vocabulary', 'TQ2_0', {signal})
  const grammar = compileJsonSchema(TAGS_SCHEMA)
  const times: Record<'free' | 'first' | 'kept', number[]> = {free: [], first: [], kept: []}
  for (let round = -1; round < rounds; round++) {
    throwIfCancelled(signal)
    const engine = new (openRyot().Engine)()
    await engine.load({path, threads: 1})
    const free = await millisecondsPerToken(engine, 300 + round)
    const first = await millisecondsPerToken(engine, 300 + round, grammar)
    const kept = await millisecondsPerToken(engine, 300 + round, grammar)
    await engine.close()
    if (round < 0) continue
    times.free.push(free)
    times.first.push(first)
    times.kept.push(kept)
  }
  await rm(path)
  const without = medianOf(times.free)
  yield alone('ryot.grammar.first', medianOf(times.first) - without, 'ms a token', rounds)
  yield alone('ryot.grammar.kept', medianOf(times.kept) - without, 'ms a token', rounds)
}

/** Always the likeliest token: what a draw costs depends on how many are left. */
async function millisecondsPerToken(engine: RyotEngine, first: number, grammar: Int32Array = new Int32Array()): Promise<number> {
  const request = {tokens: Int32Array.of(first), anew: true, maxTokens: WRITTEN_TOKENS, grammar}
  const {writingSeconds, tokensWritten} = await engine.generate(request, () => undefined)
  return (writingSeconds * 1000) / tokensWritten
}
