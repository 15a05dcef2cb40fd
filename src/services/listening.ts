import {isAudible, SpeechFinder} from '../domain/hearing.js'
import {LISTENING_HZ, type SoundClassifier, type VoiceDetector} from '../domain/ports/listening.js'
import {SampleWindows} from '../domain/sample-windows.js'
import {classTags, ClassTally} from '../domain/sound-classes.js'
import type {Sound} from '../domain/sound.js'
import type {Tag} from '../domain/tags.js'

interface Options {
  signal: AbortSignal
}

interface Listener<Heard> {
  push(samples: Float32Array): Promise<void>
  /** What was heard, once all samples were pushed. */
  finish(): Promise<Heard>
}

interface HeardClasses {
  sounds: Sound[]
  tags: Tag[]
  /** Classes by their mean score, best first. */
  ranked: {label: string; score: number}[]
}

/** Finds the stretches of a stream of samples in which somebody speaks. Silence is not even asked about. */
export function speechListener(detector: VoiceDetector, options: Options): Listener<Sound[]> {
  const {frameSamples, model} = detector
  const finder = new SpeechFinder(frameSamples, model)
  const judge = detector.start()
  const frames = new SampleWindows(frameSamples, frameSamples)
  return {
    push: async samples => {
      const heard = [...frames.push(samples)].map(({window}) => ({window, isHeard: isAudible(window)}))
      const audible = heard.filter(({isHeard}) => isHeard)
      const asked = new Float32Array(audible.length * frameSamples)
      for (const [i, {window}] of audible.entries()) asked.set(window, i * frameSamples)
      const likelihoods = audible.length === 0 ? [] : [...(await judge(asked, options))]
      for (const {isHeard} of heard) finder.push(isHeard ? (likelihoods.shift() ?? 0) : 0)
    },
    finish: () => Promise.resolve(finder.finish()),
  }
}

/** Names what is heard in a stream of samples; with overlapping windows nothing falls between two of them, at twice the cost. */
export function classListener(classifier: SoundClassifier, overlaps: boolean, options: Options): Listener<HeardClasses> {
  const {windowSamples, labels, model} = classifier
  const tally = new ClassTally(labels, model)
  const windows = new SampleWindows(windowSamples, overlaps ? windowSamples >> 1 : windowSamples)
  const look = async ({window, start}: {window: Float32Array; start: number}): Promise<void> => {
    if (!isAudible(window)) return
    const [startMs, endMs] = [start, start + windowSamples].map(sample => (sample / LISTENING_HZ) * 1000)
    tally.push(await classifier.classify(window, options), startMs as number, endMs as number)
  }
  return {
    push: async (samples: Float32Array) => {
      for (const window of windows.push(samples)) await look(window)
    },
    finish: async () => {
      const rest = windows.finish()
      if (rest !== null) await look(rest)
      const sounds = tally.finish()
      const ranked = tally.ranked()
      return {sounds, ranked, tags: classTags(ranked, sounds, model)}
    },
  }
}
