/** One answer of a model and whether people agreed with it. */
export interface Judgement {
  /** In any unit that grows with certainty: log-odds, a detector's score. */
  score: number
  isTrue: boolean
}

/**
 * A map from scores to probabilities that never falls: straight lines between points, level outside of them. Fitted by isotonic regression, so
 * it bends wherever the data say so; Platt's curve is one that bends in one way alone.
 */
export interface Calibration {
  /** In rising order of scores. */
  points: readonly (readonly [score: number, probability: number])[]
  /** The tags that it was fitted on: of kinds of those it says less. */
  fittedOn?: readonly string[] | undefined
}

/** Blocks of fewer judgements say more about single pictures than about the model. */
const LEAST_A_BLOCK = 12
/** A probability of 0 or 1 would claim what no number of pictures can show. */
const MARGIN = 0.001

/** The probability that a score stands for. */
export function calibrated(score: number, {points}: Calibration): number {
  const next = points.findIndex(([at]) => at > score)
  const [nextAt, nextProbability] = points[next < 0 ? points.length - 1 : next] ?? [0, 0]
  const [at, probability] = points[next < 0 ? points.length - 1 : next - 1] ?? [nextAt, nextProbability]
  return nextAt === at ? probability : probability + ((score - at) / (nextAt - at)) * (nextProbability - probability)
}

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al. 1955; Zadrozny and Elkan, KDD 2002), on blocks of some judgements. Throws a
 * `RangeError` where not one of them is true or not one is false.
 */
export function fitCalibration(judgements: readonly Judgement[]): Calibration {
  const positives = judgements.filter(({isTrue}) => isTrue).length
  if (positives === 0 || positives === judgements.length) throw new RangeError('a calibration needs both right and wrong answers')
  const pooled: Block[] = []
  for (const block of blocksOf([...judgements].sort((a, b) => a.score - b.score))) {
    let last = block
    for (let before = pooled.at(-1); before !== undefined && share(before) >= share(last); before = pooled.at(-1)) {
      last = {scores: before.scores + last.scores, trues: before.trues + last.trues, size: before.size + last.size}
      pooled.pop()
    }
    pooled.push(last)
  }
  return {
    points: pooled.map(block => [round(block.scores / block.size), round(Math.min(1 - MARGIN, Math.max(MARGIN, share(block))))]),
  }
}

interface Block {
  scores: number
  trues: number
  size: number
}

function blocksOf(sorted: readonly Judgement[]): Block[] {
  const blocks: Block[] = []
  for (let from = 0; from < sorted.length; from += LEAST_A_BLOCK) {
    const block = sorted.slice(from, from + LEAST_A_BLOCK)
    blocks.push({
      scores: block.reduce((sum, {score}) => sum + score, 0),
      trues: block.filter(({isTrue}) => isTrue).length,
      size: block.length,
    })
  }
  return blocks
}

function share({trues, size}: Block): number {
  return trues / size
}

/** How much probabilities differ from how often they came true, by the mean over bins of equal width (Guo et al. 2017, arXiv 1706.04599). */
export function expectedCalibrationError(claims: readonly {probability: number; isTrue: boolean}[], bins = 10): number {
  const sums = Array.from({length: bins}, () => ({claimed: 0, true: 0}))
  for (const {probability, isTrue} of claims) {
    const bin = sums[Math.min(bins - 1, Math.floor(probability * bins))] as {claimed: number; true: number}
    bin.claimed += probability
    bin.true += isTrue ? 1 : 0
  }
  return sums.reduce((error, bin) => error + Math.abs(bin.claimed - bin.true), 0) / claims.length
}

/**
 * What each judgement would be told by a calibration that never saw its group: fitted on the other folds, groups (pictures) kept whole.
 * In the order of the judgements.
 */
export function crossValidated<Grouped extends Judgement & {group: string}>(
  judgements: readonly Grouped[],
  folds = 5,
): {probability: number; isTrue: boolean}[] {
  const groups = [...new Set(judgements.map(({group}) => group))]
  const foldOf = new Map(groups.map((group, i) => [group, i % folds]))
  const fits = Array.from({length: folds}, (_, fold) =>
    fitCalibration(judgements.filter(({group}) => foldOf.get(group) !== fold)),
  )
  return judgements.map(({group, score, isTrue}) => ({
    probability: calibrated(score, fits[foldOf.get(group) as number] as Calibration),
    isTrue,
  }))
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
