import type {Judgement} from './calibration.js'
import {familiesOf, familyOdds} from './families.js'
import {normaliseTag} from './tag-names.js'
import {oddsOf, type Classifier} from './zero-shot.js'

/** What a model said of one thing in one picture, and whether it is there. `group`: the picture. */
export type Judged = Judgement & {group: string}

/** A picture of which people said all that is in it, among the things that they looked for in any of them. */
export interface Labelled {
  file: string
  objects: readonly string[]
}

/** What a classifier says of each labelled thing in each picture, in log-odds. Things that are none of its labels say nothing. */
export function zeroShotJudgements(
  pictures: readonly (Labelled & {vector: Float32Array})[],
  classifier: Omit<Classifier, 'shifts' | 'families'>,
): Judged[] {
  const places = new Map(classifier.labels.map(({name}, i) => [name, i]))
  const families = familiesOf(classifier.labels, [])
  const looked = lookedFor(pictures)
  return pictures.flatMap(({file, objects, vector}) => {
    const truth = new Set(objects.map(normaliseTag))
    const odds = oddsOf(vector, classifier)
    return looked.flatMap(name => {
      const place = places.get(name)
      return place === undefined ? [] : [{group: file, score: familyOdds(place, odds, families), isTrue: truth.has(name)}]
    })
  })
}

/** The things that people looked for in pictures, as tags. */
export function lookedFor(pictures: readonly Labelled[]): string[] {
  return [...new Set(pictures.flatMap(({objects}) => objects.map(normaliseTag)))]
}
