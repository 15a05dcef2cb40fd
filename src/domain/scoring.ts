import {calibrated, type Calibration} from './calibration.js'

/**
 * How a model's cosines of a picture with texts become probabilities: CLIP's texts compete in a softmax, SigLIP asks each one alone. What
 * comes out is calibrated afterwards, by what people said of pictures.
 */
export interface Scoring {
  kind: 'softmax' | 'sigmoid'
  logitScale: number
  /** Added to each logit of a sigmoid; means nothing to a softmax. */
  logitBias: number
  /** Sentences around a label, `{}` where it stands; the label's vector is the mean over all of them. */
  prompts: readonly string[]
  /** Null until somebody fitted it. */
  calibration: Calibration | null
}

/** Before anybody calibrated them, probabilities near 0 and 1 are no more than that. */
const LEAST = 1e-7

/**
 * The log-odds of each text for a picture, from its cosines with all of them: `log p / (1 - p)` of the softmax over the texts, or the logit
 * of the sigmoid. Raising a bias by hand or by calibration is adding to these.
 */
export function logOdds(cosines: Float32Array | readonly number[], {kind, logitScale, logitBias}: Scoring): Float64Array {
  const logits = Float64Array.from(cosines, cosine => cosine * logitScale + (kind === 'sigmoid' ? logitBias : 0))
  if (kind === 'sigmoid') return logits
  const most = logits.reduce((best, each) => Math.max(best, each), -Infinity)
  const sum = logits.reduce((total, each) => total + Math.exp(each - most), 0)
  return logits.map(each => logit(Math.exp(each - most) / sum))
}

/** How strongly each text is asked for by itself, from log-odds: what shares among some of them are made of. */
export function strengths(odds: Float64Array, {kind}: Pick<Scoring, 'kind'>): Float64Array {
  return odds.map(each => (kind === 'softmax' ? sigmoid(each) : Math.exp(each)))
}

/** The confidence that log-odds stand for. */
export function confidenceOf(odds: number, {calibration}: Pick<Scoring, 'calibration'>): number {
  return calibration === null ? sigmoid(odds) : calibrated(odds, calibration)
}

/** A confidence after a person's answers have moved it by so much, in log-odds. */
export function shifted(confidence: number, shift = 0): number {
  return shift === 0 ? confidence : sigmoid(logit(confidence) + shift)
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

export function logit(share: number): number {
  const safe = Math.min(1 - LEAST, Math.max(LEAST, share))
  return Math.log(safe / (1 - safe))
}
