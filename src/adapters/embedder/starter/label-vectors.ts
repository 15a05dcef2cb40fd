import {dot, normalise} from '../../../domain/vectors.js'

/** How much the label vectors are held back from full decorrelation; measured on captioned photographs, see docs/decisions. */
const RIDGE = 0.5

/**
 * The vectors by which labels enter a picture's vector. Plain ConSE (Norouzi et al. 2013, arXiv 1312.5650) takes the labels' text vectors
 * themselves; but those of "fork" and "knife" nearly coincide, and common ones drown the rest. So each is decorrelated from the others by
 * ridge regression: with L the text vectors in rows, the rows of (L Lᵀ + λ I)⁻¹ L. The inner product of a picture with a label's
 * text is then near that label's own weight, and still says something sensible about any other text.
 */
export function labelVectors(texts: readonly Float32Array[]): Float32Array[] {
  const gram = texts.map((a, i) => Float64Array.from(texts, (b, j) => dot(a, b) + (i === j ? RIDGE : 0)))
  const rows = texts.map(text => Float64Array.from(text))
  solve(gram, rows)
  return rows.map(row => Float32Array.from(row))
}

/** The score-weighted mean of the labels' vectors at unit length, each label once with its best score; zero for no detection. */
export function weightedMean(
  detections: readonly {label: string; score: number}[],
  vectors: ReadonlyMap<string, Float32Array>,
): Float32Array {
  const best = new Map<string, number>()
  for (const {label, score} of detections) best.set(label, Math.max(score, best.get(label) ?? 0))
  const mean = new Float32Array(vectors.values().next().value?.length ?? 0)
  for (const [label, score] of best) {
    const vector = vectors.get(label)
    if (vector === undefined) continue
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) + score * (vector[i] as number)
  }
  return normalise(mean)
}

/** Solves A X = B in place of B by Gauss–Jordan elimination; A is symmetric positive definite, so no pivoting is needed. */
function solve(a: Float64Array[], b: Float64Array[]): void {
  for (const [i, pivotRow] of a.entries()) {
    const pivot = pivotRow[i] as number
    const right = b[i] as Float64Array
    for (const [j, row] of a.entries()) {
      if (j === i) continue
      const factor = (row[i] as number) / pivot
      if (factor === 0) continue
      subtract(row, pivotRow, factor)
      subtract(b[j] as Float64Array, right, factor)
    }
    for (let k = 0; k < right.length; k++) right[k] = (right[k] as number) / pivot
    for (let k = 0; k < pivotRow.length; k++) pivotRow[k] = (pivotRow[k] as number) / pivot
  }
}

function subtract(row: Float64Array, other: Float64Array, factor: number): void {
  for (let k = 0; k < row.length; k++) row[k] = (row[k] as number) - factor * (other[k] as number)
}
