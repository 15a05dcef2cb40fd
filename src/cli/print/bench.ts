import type {BenchResult} from '../bench/measure.js'
import {table} from './text.js'

const HEADER = ['figure', 'value', 'unit', 'ratio', 'peer', '']

/** Figures in columns: what was measured, and what it was compared with. */
export function benchText(results: readonly BenchResult[]): string {
  const rows = results.map(({name, value, unit, peer, peerValue, ratio}) => [
    name,
    rounded(value),
    unit,
    ratio === null ? '' : rounded(ratio),
    peer ?? '',
    peerValue === null ? '' : rounded(peerValue),
  ])
  return table([HEADER, ...rows], [1, 3])
}

/** Three digits that count: more would be noise. */
function rounded(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
