import {throwIfCancelled} from '../../domain/errors.js'

/** One figure. `peer` names what it is compared with in the same run; `ratio` is `value` over `peerValue`. */
export interface BenchResult {
  name: string
  value: number
  unit: string
  peer: string | null
  peerValue: number | null
  ratio: number | null
  rounds: number
}

type Timed = () => unknown

interface Timing {
  /** Median milliseconds. */
  value: number
  peerValue: number
  /** Median of the rounds' own ratios: what disturbs one round disturbs both sides of it. */
  ratio: number
  rounds: number
}

/**
 * Times two ways of doing the same thing in turns, each first in every other round, after one unmeasured round that warms caches and
 * compilers. Rejects with `CANCELLED` on abort.
 */
export async function compare(rounds: number, ours: Timed, peer: Timed, signal: AbortSignal): Promise<Timing> {
  const times: {ours: number; peer: number}[] = []
  for (let round = -1; round < rounds; round++) {
    throwIfCancelled(signal)
    const time = {ours: 0, peer: 0}
    const order = round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)
    for (const side of order) time[side] = await milliseconds(side === 'ours' ? ours : peer)
    if (round >= 0) times.push(time)
  }
  return {
    value: medianOf(times.map(time => time.ours)),
    peerValue: medianOf(times.map(time => time.peer)),
    ratio: medianOf(times.map(time => time.ours / time.peer)),
    rounds,
  }
}

/** How long a call takes, its promise included. */
export async function milliseconds(run: Timed): Promise<number> {
  const from = performance.now()
  await run()
  return performance.now() - from
}

/** The middle value; the mean of the two middle ones where their number is even. NaN for none. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** A figure with nothing to compare it with. */
export function alone(name: string, value: number, unit: string, rounds = 1): BenchResult {
  return {name, value, unit, peer: null, peerValue: null, ratio: null, rounds}
}

/** Rates of two sides, round by round. The ratio is the median of the rounds' own: what disturbs one round disturbs both sides of it. */
export function compared(name: string, unit: string, ours: number[], peer: string, theirs: number[]): BenchResult {
  const ratio = medianOf(ours.map((value, i) => value / (theirs[i] as number)))
  return {name, value: medianOf(ours), unit, peer, peerValue: medianOf(theirs), ratio, rounds: ours.length}
}

/** The worst of all rounds on either side, for what may not happen even once. */
export function worst(name: string, unit: string, ours: number[], peer: string, theirs: number[]): BenchResult {
  const [value, peerValue] = [Math.max(...ours), Math.max(...theirs)]
  return {name, value, unit, peer, peerValue, ratio: value / peerValue, rounds: ours.length}
}
