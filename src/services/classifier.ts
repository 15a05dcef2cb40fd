import {shiftsOf} from '../domain/answers.js'
import {familiesOf} from '../domain/families.js'
import type {Embedder} from '../domain/ports/embedder.js'
import {meanVector} from '../domain/vectors.js'
import {answersOf, promptsOf, type Classifier} from '../domain/zero-shot.js'
import type {Ports} from './ports.js'

type ClassifierPorts = Pick<Ports, 'vocabulary' | 'labelVectors' | 'library'>

const opened = new WeakMap<Embedder, Promise<Classifier | null>>()

/** The labels as a model sees them, with what a person's answers say about them; null for a model that has no use for labels. Made once. */
export function classifierOf(ports: ClassifierPorts, embedder: Embedder, signal: AbortSignal): Promise<Classifier | null> {
  const known = opened.get(embedder)
  if (known !== undefined) return known
  const classifier = openClassifier(ports, embedder, signal)
  opened.set(embedder, classifier)
  // One that was interrupted is begun again by whoever asks next.
  classifier.catch(() => opened.delete(embedder))
  return classifier
}

async function openClassifier(ports: ClassifierPorts, embedder: Embedder, signal: AbortSignal): Promise<Classifier | null> {
  const {scoring} = embedder
  if (scoring === null) return null
  const vectors = await vectorsOfLabels(ports, embedder, signal)
  const {labels} = await ports.vocabulary.read()
  const families = familiesOf(labels, scoring.calibration?.fittedOn ?? [])
  const classifier = {labels, vectors, scoring, families}
  const answered = await ports.library.answeredVectors(embedder.space.name)
  return {...classifier, shifts: shiftsOf(answersOf(answered, classifier))}
}

/** One unit vector a label, from the cache where they were made before: the text tower is then not even loaded. */
export async function vectorsOfLabels(
  {vocabulary, labelVectors}: Pick<Ports, 'vocabulary' | 'labelVectors'>,
  {space, scoring, embedTexts}: Embedder,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const {labels, version} = await vocabulary.read()
  const prompts = scoring?.prompts ?? ['{}']
  const key = JSON.stringify([space.name, version, prompts])
  const kept = await labelVectors.load(key, labels.length, space.dimension)
  if (kept !== null) return kept
  const sentences = labels.map(label => promptsOf(label, prompts))
  const embedded = await embedTexts(sentences.flat(), {signal})
  let at = 0
  const vectors = sentences.map(some => meanVector(embedded.slice(at, (at += some.length))) ?? new Float32Array(space.dimension))
  await labelVectors.save(key, vectors)
  return vectors
}
