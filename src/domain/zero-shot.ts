import type {Answer} from './answers.js'
import {familyConfidences, type Families} from './families.js'
import {logOdds, shifted, type Scoring} from './scoring.js'
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
  families: Families
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

/** How sure the model is of each label for a picture, in order, before a person's answers count. */
function confidencesOf(picture: Float32Array, classifier: Omit<Classifier, 'shifts'>): Float64Array {
  return familyConfidences(oddsOf(picture, classifier), classifier.scoring, classifier.families)
}

/** Tags of a picture: labels that it shows with at least this confidence, and what these belong to. A person's yes and no to other pictures count. */
export function zeroShotTags(
  picture: Float32Array,
  classifier: Classifier,
  {leastConfidence, model}: {leastConfidence: number; model: string},
): Tag[] {
  const {labels, shifts} = classifier
  const best = new Map<string, number>()
  for (const [i, plain] of confidencesOf(picture, classifier).entries()) {
    const {name, parents} = labels[i] as Label
    const confidence = shifted(plain, shifts.get(name))
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

/** A person's answers to pictures with these vectors, and how sure the model is of each. Tags that are none of its labels say nothing. */
export function answersOf(
  answered: readonly {tag: string; isYes: boolean; data: Float32Array}[],
  classifier: Omit<Classifier, 'shifts'>,
): Answer[] {
  const places = new Map(classifier.labels.map(({name}, i) => [name, i]))
  return answered.flatMap(({tag, isYes, data}) => {
    const place = places.get(normaliseTag(tag))
    return place === undefined ? [] : [{tag, isYes, confidence: confidencesOf(data, classifier)[place] as number}]
  })
}
