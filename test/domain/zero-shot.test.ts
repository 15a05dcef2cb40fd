import {describe, expect, test} from 'vitest'
import {familiesOf, familyConfidences} from '../../src/domain/families.js'
import {zeroShotJudgements} from '../../src/domain/judging.js'
import type {Scoring} from '../../src/domain/scoring.js'
import {parseVocabulary} from '../../src/domain/vocabulary.js'
import {zeroShotTags} from '../../src/domain/zero-shot.js'

const VOCABULARY = `
[animal]
dog, cat
[breed < dog]
poodle, terrier, beagle
[food]
[fruit < food]
apple, orange, mango, papaya
[person]
bride, groom
`
const LABELS = parseVocabulary([VOCABULARY])
/** Whatever a label has of a picture, it has been right in nine of ten. */
const CALIBRATION = {points: [[-20, 0.9] as const], fittedOn: ['dog', 'apple', 'orange', 'person']}

/** One dimension a label, so that a picture says of each how strongly it is there. */
const axis = (at: number): Float32Array => Float32Array.from(LABELS, (_, i) => (i === at ? 1 : 0))
const picture = (strengths: Record<string, number>): Float32Array => Float32Array.from(LABELS, ({name}) => strengths[name] ?? 0)

function confidences(
  strengths: Record<string, number>,
  {kind = 'softmax', calibration = CALIBRATION}: Partial<Scoring> = {},
): Record<string, number> {
  const scoring: Scoring = {kind, logitScale: 10, logitBias: 0, prompts: ['{}'], calibration}
  const families = familiesOf(LABELS, calibration?.fittedOn ?? [])
  const classifier = {
    labels: LABELS,
    vectors: LABELS.map((_, i) => axis(i)),
    scoring,
    families,
    shifts: new Map<string, number>(),
  }
  const tags = zeroShotTags(picture(strengths), classifier, {leastConfidence: 0, model: 'm'})
  return Object.fromEntries(tags.map(({name, confidence}) => [name, confidence]))
}

describe.each(['softmax', 'sigmoid'] as const)('kinds of a thing, by %s', kind => {
  test('share its confidence by how strongly each is there', () => {
    const even = confidences({poodle: 1, terrier: 1, beagle: 1}, {kind})
    expect(even).toMatchObject({animal: 0.9, dog: 0.9, poodle: 0.3, terrier: 0.3, beagle: 0.3})
    const sure = confidences({poodle: 1}, {kind})
    expect(sure.poodle).toBeGreaterThan(0.89)
    expect(sure.terrier).toBeLessThan(0.001)
  })

  test('are those below what was fitted, and kinds of kinds; what was fitted speaks for itself', () => {
    const {bride, groom, apple, orange, mango, cat} = confidences({bride: 1, groom: 1, apple: 1, orange: 1, mango: 1}, {kind})
    expect([bride, groom]).toEqual([0.45, 0.45])
    expect([apple, orange, cat]).toEqual([0.9, 0.9, 0.9])
    expect(mango).toBeCloseTo(0.3, 2)
  })
})

test('a model that nobody calibrated says what it says', () => {
  const {poodle, terrier} = confidences({poodle: 1, terrier: 1}, {calibration: null})
  expect([poodle, terrier]).toEqual([0.5, 0.5])
})

test('a vocabulary that goes round in a circle has an end', () => {
  const labels = parseVocabulary(['[x < u]\n[x < x]\nu, x\n[u < u]\nx, y'])
  const families = familiesOf(labels, [])
  const odds = new Float64Array(labels.length)
  expect(familyConfidences(odds, {kind: 'softmax', calibration: CALIBRATION}, families)).toHaveLength(labels.length)
})

test('whoever sees a kind of a thing is judged to see the thing', () => {
  const scoring: Scoring = {kind: 'softmax', logitScale: 10, logitBias: 0, prompts: ['{}'], calibration: null}
  const classifier = {labels: LABELS, vectors: LABELS.map((_, i) => axis(i)), scoring}
  const pictures = [
    {file: 'a', objects: ['dog'], vector: picture({poodle: 1})},
    {file: 'b', objects: ['cat'], vector: picture({cat: 1})},
  ]
  const [dogInA, , dogInB] = zeroShotJudgements(pictures, classifier)
  expect(dogInA).toMatchObject({group: 'a', isTrue: true})
  expect(dogInA?.score).toBeGreaterThan(5)
  expect(dogInB?.score).toBeLessThan(-5)
})
