import {availableParallelism} from 'node:os'
import {openRyot} from '../../adapters/native/ryot.js'
import {MediaForgeError, messageOf, throwIfCancelled} from '../../domain/errors.js'
import {medianOf, type BenchResult} from './measure.js'
import type {BenchContext} from './suites.js'

/** The widest layer of BitNet b1.58 2B-4T. */
const LAYER = {rows: 6912, columns: 2560}
/** Decoding reads all weights for each token: so many of these layers fit in no cache. */
const LAYERS = 60
const TOKENS = 128
const GIGA = 1e9

/** The engine's kernels: how much of the memory's speed decoding gets, and what unpacking weights for many tokens at once is worth. */
export async function* ryotSuite({rounds, signal, note}: BenchContext): AsyncIterable<BenchResult> {
  let ryot: ReturnType<typeof openRyot>
  try {
    ryot = openRyot()
  } catch (error) {
    if (!(error instanceof MediaForgeError)) throw error
    note(messageOf(error))
    return
  }
  const kernel = ryot.kernelNames().at(-1) ?? ''
  for (const threads of new Set([1, availableParallelism()])) {
    const decode = {...LAYER, kernel, threads, tokens: 1, matrices: LAYERS}
    const reading: number[] = []
    const decoding: number[] = []
    for (let round = 0; round < rounds; round++) {
      throwIfCancelled(signal)
      const decoded = ryot.measureKernel(decode)
      const read = ryot.measureReading(decoded.bytes, threads)
      decoding.push(decoded.bytes / decoded.seconds / GIGA)
      reading.push(read.bytes / read.seconds / GIGA)
    }
    yield {
      name: `ryot.bandwidth-share.${threads}`,
      value: medianOf(decoding),
      unit: 'GB/s',
      peer: 'reading memory',
      peerValue: medianOf(reading),
      ratio: medianOf(decoding.map((value, i) => value / (reading[i] as number))),
      rounds,
    }
  }
  const rates = {ours: [] as number[], scalar: [] as number[]}
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    throwIfCancelled(signal)
    const ours = ryot.measureKernel({...LAYER, kernel, threads: 1, tokens: TOKENS, matrices: 4})
    const scalar = ryot.measureKernel({...LAYER, kernel: 'scalar', threads: 1, tokens: 4})
    rates.ours.push(ours.multiplications / ours.seconds / GIGA)
    rates.scalar.push(scalar.multiplications / scalar.seconds / GIGA)
  }
  const [value, peerValue] = [medianOf(rates.ours), medianOf(rates.scalar)]
  yield {
    name: `ryot.prefill${TOKENS}`,
    value,
    unit: 'GMAC/s',
    peer: 'scalar',
    peerValue,
    ratio: value / peerValue,
    rounds: rates.ours.length,
  }
}
