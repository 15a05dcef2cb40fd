import {availableParallelism} from 'node:os'
import type {openRyot} from '../../adapters/native/ryot.js'
import {throwIfCancelled} from '../../domain/errors.js'
import {compared, type BenchResult} from './measure.js'
import type {BenchContext} from './suites.js'

/** The widest layer of BitNet b1.58 2B-4T. */
const LAYER = {rows: 6912, columns: 2560}
/** Decoding reads all weights for each token: so many of these layers fit in no cache. */
const LAYERS = 60
const PROMPT_TOKENS = 120
const GIGA = 1e9

/**
 * Every kernel on layers of random weights: one token at a time against the memory's own speed, and many against the most that the CPU's multipliers
 * do. The reference kernel gets less to do, since it would take longer than all others together.
 */
export async function* kernelResults(
  ryot: ReturnType<typeof openRyot>,
  {rounds, signal}: BenchContext,
): AsyncIterable<BenchResult> {
  for (const kernel of ryot.kernelNames().reverse()) {
    const reference = kernel === 'scalar'
    for (const threads of reference ? [1] : new Set([1, availableParallelism()])) {
      const decoding: number[] = []
      const reading: number[] = []
      const multiplying: number[] = []
      const peak: number[] = []
      for (let round = -1; round < rounds; round++) {
        throwIfCancelled(signal)
        const one = ryot.measureKernel({...LAYER, kernel, threads, tokens: 1, matrices: reference ? 1 : LAYERS})
        const read = ryot.measureReading(LAYERS * LAYER.rows * (LAYER.columns / 4), threads)
        const many = ryot.measureKernel({...LAYER, kernel, threads, tokens: reference ? 1 : PROMPT_TOKENS, matrices: 1})
        const most = ryot.measureMultiplying(threads)
        if (round < 0) continue
        decoding.push(one.bytes / one.seconds / GIGA)
        reading.push(read.bytes / read.seconds / GIGA)
        multiplying.push(many.multiplications / many.seconds / GIGA)
        peak.push(most.multiplications / most.seconds / GIGA)
        // The event loop gets a turn between measurements, or Ctrl-C would not be heard.
        await new Promise(setImmediate)
      }
      yield compared(`ryot.kernel.${kernel}.one-token.threads${threads}`, 'GB/s', decoding, 'reading memory', reading)
      yield compared(`ryot.kernel.${kernel}.many-tokens.threads${threads}`, 'GMAC/s', multiplying, 'VNNI peak', peak)
    }
  }
}
