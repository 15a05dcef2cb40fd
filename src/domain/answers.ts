import {logit, sigmoid} from './scoring.js'
import {normaliseTag} from './tag-names.js'

/** What a person said of a tag on one file, and how sure a machine was of it there. */
export interface Answer {
  tag: string
  isYes: boolean
  confidence: number
}

/** How strongly a tag is held to stay where the model has it: about as much as three answers that say otherwise can move by one. */
const PRIOR_DEVIATION = 1.5
const STEPS = 20

/**
 * What a person's answers move each tag by: the shift in log-odds that makes them most likely, with a normal prior around none, so that one
 * answer moves little and many move much (Newton's method on a concave function of one number).
 */
export function shiftsOf(answers: readonly Answer[]): Map<string, number> {
  const byTag = new Map<string, {odds: number; isYes: boolean}[]>()
  for (const {tag, isYes, confidence} of answers) {
    const name = normaliseTag(tag)
    byTag.set(name, [...(byTag.get(name) ?? []), {odds: logit(confidence), isYes}])
  }
  return new Map([...byTag].map(([name, said]) => [name, mostLikelyShift(said)]))
}

function mostLikelyShift(said: readonly {odds: number; isYes: boolean}[]): number {
  const precision = 1 / PRIOR_DEVIATION ** 2
  let shift = 0
  for (let step = 0; step < STEPS; step++) {
    let [slope, curve] = [-shift * precision, -precision]
    for (const {odds, isYes} of said) {
      const claim = sigmoid(odds + shift)
      slope += (isYes ? 1 : 0) - claim
      curve -= claim * (1 - claim)
    }
    shift -= slope / curve
  }
  return shift
}
