import type {Sound} from './sound.js'
import {normaliseName} from './tag-names.js'
import type {Tag} from './tags.js'

/**
 * Classes of AudioSet that name a whole branch of the ontology, a place or a quality: true of much, and telling nothing that the classes below
 * them would not tell better.
 */
const GENERAL: ReadonlySet<string> = new Set([
  ...['Vehicle', 'Motor vehicle (road)', 'Boat, Water vehicle', 'Engine', 'Animal', 'Domestic animals, pets', 'Wild animals'],
  ...[
    'Livestock, farm animals, working animals',
    'Musical instrument',
    'Plucked string instrument',
    'Mechanisms',
    'Tools',
    'Wood',
    'Glass',
    'Liquid',
    'Water',
    'Hands',
  ],
  ...[
    'Inside, small room',
    'Inside, large room or hall',
    'Inside, public space',
    'Outside, urban or manmade',
    'Outside, rural or natural',
  ],
  ...[
    'Noise',
    'Environmental noise',
    'Sound effect',
    'Field recording',
    'Pulse',
    'Static',
    'White noise',
    'Pink noise',
    'Hum',
    'Mains hum',
  ],
  ...['Distortion', 'Vibration', 'Throbbing', 'Cacophony', 'Silence', 'Reverberation', 'Echo', 'Harmonic', 'Sine wave'],
])

/** What people would call it, where AudioSet's own name says less, or more than a tag can. */
const NAMES: Readonly<Record<string, string>> = {
  Bark: 'dog bark',
  'Bow-wow': 'dog bark',
  Howl: 'dog howl',
  Purr: 'cat purr',
  Meow: 'cat meow',
  Tick: 'clock tick',
  'Tick-tock': 'clock tick',
  'Crowing, cock-a-doodle-doo': 'rooster',
  'Chicken, rooster': 'rooster',
  'Waves, surf': 'sea waves',
  Ocean: 'sea waves',
  Crackle: 'crackling fire',
  'Rain on surface': 'rain',
  Raindrop: 'rain',
  'Fixed-wing aircraft, airplane': 'airplane',
  'Bird vocalization, bird call, bird song': 'birdsong',
  'Walk, footsteps': 'footsteps',
}

/** From this mean score on a class is what something sounds like on the whole; from the other one on it is heard for a while. */
const LEAST_MEAN = 0.2
const LEAST_HEARD = 0.5
/** A window of this score belongs to what is heard. */
const LEAST_WINDOW = 0.3
const MOST_TAGS = 8

/** The tag of a class: the first of its names, without what stands in brackets. */
function soundName(label: string): string {
  return NAMES[label] ?? normaliseName(label.replace(/\(.*?\)/g, '').split(',')[0] ?? label)
}

/** Collects what a classifier hears, window by window. */
export class ClassTally {
  readonly #labels: readonly string[]
  readonly #model: string
  readonly #sums: Float64Array
  #windows = 0
  readonly #open = new Map<number, {startMs: number; endMs: number; sum: number; windows: number}>()
  readonly #found: Sound[] = []

  constructor(labels: readonly string[], model: string) {
    this.#labels = labels
    this.#model = model
    this.#sums = new Float64Array(labels.length)
  }

  /** Takes the scores of an audible window. */
  push(scores: Float32Array, startMs: number, endMs: number): void {
    this.#windows++
    for (const [i, score] of scores.entries()) {
      this.#sums[i] = (this.#sums[i] as number) + score
      const open = this.#open.get(i)
      if (open !== undefined && startMs > open.endMs) this.#close(i)
      if (score < LEAST_WINDOW || GENERAL.has(this.#labels[i] as string)) continue
      const going = this.#open.get(i) ?? {startMs, endMs, sum: 0, windows: 0}
      this.#open.set(i, {startMs: going.startMs, endMs, sum: going.sum + score, windows: going.windows + 1})
    }
  }

  /** What was heard and when, in order. */
  finish(): Sound[] {
    for (const i of [...this.#open.keys()]) this.#close(i)
    return this.#found.sort((a, b) => a.startMs - b.startMs || b.score - a.score)
  }

  /** Classes by their mean score over all that was audible, best first; general ones are left out. */
  ranked(): {label: string; score: number}[] {
    return this.#labels
      .map((label, i) => ({label, score: (this.#sums[i] as number) / Math.max(1, this.#windows)}))
      .filter(({label}) => !GENERAL.has(label))
      .sort((a, b) => b.score - a.score)
  }

  #close(i: number): void {
    const open = this.#open.get(i)
    this.#open.delete(i)
    if (open === undefined || open.sum / open.windows < LEAST_HEARD) return
    const score = Math.round((open.sum / open.windows) * 1000) / 1000
    const label = soundName(this.#labels[i] as string)
    this.#found.push({startMs: open.startMs, endMs: open.endMs, kind: 'class', label, score, model: this.#model})
  }
}

/** Tags of what is heard: on the whole, or clearly for a while, the surest first. */
export function classTags(ranked: readonly {label: string; score: number}[], sounds: readonly Sound[], model: string): Tag[] {
  const best = new Map<string, number>()
  const offer = (name: string, score: number): void => void best.set(name, Math.max(score, best.get(name) ?? 0))
  for (const {label, score} of ranked) if (score >= LEAST_MEAN) offer(soundName(label), score)
  for (const {kind, label, score} of sounds) if (kind === 'class') offer(label, score)
  return [...best]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_TAGS)
    .map(([name, score]) => ({name, confidence: Math.round(score * 1000) / 1000, source: 'sound', model}))
}

/** Speech that is no more than a word or two in passing does not make a recording one of speech. */
const LEAST_SPEECH_SHARE = 0.05

/** The tag `speech`, where somebody speaks for more than a moment. */
export function speechTags(sounds: readonly Sound[], durationMs: number): Tag[] {
  const speech = sounds.filter(({kind}) => kind === 'speech')
  const spokenMs = speech.reduce((sum, {startMs, endMs}) => sum + endMs - startMs, 0)
  if (durationMs === 0 || spokenMs < LEAST_SPEECH_SHARE * durationMs) return []
  const confidence = Math.max(...speech.map(({score}) => score))
  return [{name: 'speech', confidence, source: 'sound', model: speech[0]?.model ?? ''}]
}
