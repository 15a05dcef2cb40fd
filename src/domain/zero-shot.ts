import {confidenceOf, logOdds, sigmoid, type Scoring} from './scoring.js'
import {normaliseTag} from './tag-names.js'
import type {Tag} from './tags.js'
import {dot} from './vectors.js'
import type {Label} from './vocabulary.js'

/** Labels with their vectors in a model's space, ready to be compared with pictures. */
export interface Classifier {
  labels: readonly Label[]
  /** One unit vector a label, in order. */
  vectors: readonly Float32Array[]
  scoring: Scoring
  /** What a person's answers moved labels by, in log-odds, by name. */
  shifts: ReadonlyMap<string, number>
}

/** A picture with more things in it than this is not described by naming them all. */
const MOST_TAGS = 24

/** The sentences whose mean is a label's vector: its own word in every prompt, its other words in the first one. */
export function promptsOf({words}: Label, prompts: readonly string[]): string[] {
  const [own = '', ...others] = words
  const [first = '{}'] = prompts
  return [...prompts.map(prompt => fill(prompt, own)), ...others.map(word => fill(first, word))]
}

/** `a {}` takes the article that the word wants. */
function fill(prompt: string, word: string): string {
  const article = /^[aeiou]/i.test(word) ? 'an' : 'a'
  return prompt.replace(/\ba \{\}/, `${article} {}`).replaceAll('{}', word)
}

/** The log-odds of every label for a picture, in order. */
export function oddsOf(picture: Float32Array, {vectors, scoring}: Pick<Classifier, 'vectors' | 'scoring'>): Float64Array {
  return logOdds(
    vectors.map(vector => dot(vector, picture)),
    scoring,
  )
}

/** Tags of a picture: labels that it shows with at least this confidence, and what these belong to. A person's yes and no to other pictures count. */
export function zeroShotTags(
  picture: Float32Array,
  classifier: Classifier,
  {leastConfidence, model}: {leastConfidence: number; model: string},
): Tag[] {
  const {labels, scoring, shifts} = classifier
  const best = new Map<string, number>()
  for (const [i, odds] of oddsOf(picture, classifier).entries()) {
    const {name, parents} = labels[i] as Label
    const confidence = confidenceOf(odds, scoring, shifts.get(name))
    if (confidence < leastConfidence) continue
    for (const tag of [name, ...parents]) best.set(tag, Math.max(confidence, best.get(tag) ?? 0))
  }
  return mostSure([...best].map(([name, confidence]) => ({name, confidence}))).map(({name, confidence}) => ({
    name,
    confidence: Math.round(confidence * 1000) / 1000,
    source: 'zero-shot',
    model,
  }))
}

/** The surest tags, so many as describe anything. */
export function mostSure<Claim extends Pick<Tag, 'confidence'>>(tags: readonly Claim[]): Claim[] {
  return tags.toSorted((a, b) => b.confidence - a.confidence).slice(0, MOST_TAGS)
}

/** How strongly a label is held to stay where the model has it: about as much as three answers that say otherwise can move by one. */
const PRIOR_DEVIATION = 1.5
const STEPS = 20

/**
 * What a person's answers move each label by: the shift in log-odds that makes them most likely, with a normal prior around none, so that one
 * answer moves little and many move much (Newton's method on a concave function of one number).
 */
export function shiftsOf(
  answers: readonly {tag: string; isYes: boolean; data: Float32Array}[],
  classifier: Omit<Classifier, 'shifts'>,
): Map<string, number> {
  const places = new Map(classifier.labels.map(({name}, i) => [name, i]))
  const byLabel = new Map<string, {odds: number; isYes: boolean}[]>()
  for (const {tag, isYes, data} of answers) {
    const name = normaliseTag(tag)
    const place = places.get(name)
    if (place === undefined) continue
    const confidence = confidenceOf(oddsOf(data, classifier)[place] as number, classifier.scoring)
    const said = byLabel.get(name) ?? []
    said.push({odds: Math.log(confidence / (1 - confidence)), isYes})
    byLabel.set(name, said)
  }
  return new Map([...byLabel].map(([name, said]) => [name, mostLikelyShift(said)]))
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
