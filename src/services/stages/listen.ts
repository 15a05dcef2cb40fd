import {MediaForgeError} from '../../domain/errors.js'
import {isAudible, LevelMeter, SpeechFinder} from '../../domain/hearing.js'
import type {Job} from '../../domain/jobs.js'
import type {StageResult, Write} from '../../domain/ports/library.js'
import {LISTENING_HZ, type SoundClassifier, type VoiceDetector} from '../../domain/ports/listening.js'
import {classTags, ClassTally, speechTags} from '../../domain/sound-classes.js'
import {SampleWindows} from '../../domain/sample-windows.js'
import type {SoundView} from '../../domain/sound.js'
import type {Tag} from '../../domain/tags.js'
import type {Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {findSubtitles} from '../subtitles.js'
import {openLocation} from './content-file.js'
import {eachJob} from './each.js'

type Options = {signal: AbortSignal}

/** Longer sounds are heard without overlap, which costs half. */
const OVERLAP_UP_TO_MS = 600_000

/** What is listened with: a change of it makes everything stale. */
export async function listenVersion({soundClassifier, voiceDetector}: Pick<Ports, 'soundClassifier' | 'voiceDetector'>): Promise<string> {
  const classifier = await soundClassifier()
  return ['1', (await voiceDetector()).model, ...(classifier === null ? [] : [classifier.model])].join('+')
}

/** Decodes the sound once: how loud it is, where it is silent, where somebody speaks and what else is heard. Subtitles are read, too. */
export const listenStage: Stage = {
  batch: 2,
  run: (jobs, ports, options) => eachJob(jobs, job => listen(job, ports, options)),
}

async function listen(job: Job, ports: Ports, options: Options): Promise<StageResult> {
  const version = await listenVersion(ports)
  const content = await ports.library.content(job.subject)
  if (content === null || content.format.kind === 'photo') return {writes: [], next: [], version}
  const path = await openLocation(content, ports)
  const writes: Write[] = []
  const cues = await findSubtitles(ports, content, path, options)
  if (cues.length > 0) writes.push({type: 'cues', contentId: content.id, cues})
  if (content.facts.audioCodec !== undefined) {
    const heard = await hear(path, content.facts.durationMs ?? 0, ports, options)
    if (heard.durationMs === 0 && content.format.kind === 'audio') {
      throw new MediaForgeError('FILE_BROKEN', 'it holds no sound that could be decoded')
    }
    writes.push({type: 'sound', contentId: content.id, sound: heard.sound})
    writes.push({type: 'tags', contentId: content.id, sources: ['sound'], tags: heard.tags})
  }
  return {writes, next: [], version}
}

interface Heard {
  sound: SoundView
  tags: Tag[]
  durationMs: number
}

async function hear(path: string, durationMs: number, ports: Ports, options: Options): Promise<Heard> {
  const meter = new LevelMeter()
  const speech = speechListener(await ports.voiceDetector())
  const classifier = await ports.soundClassifier()
  const classes = classifier === null ? null : classListener(classifier, durationMs <= OVERLAP_UP_TO_MS)
  const loudness = await ports.soundTools.decode(
    path,
    async samples => {
      meter.push(samples)
      await speech.push(samples)
      await classes?.push(samples)
    },
    options,
  )
  const level = meter.finish()
  const spoken = await speech.finish()
  const {sounds = [], tags = []} = (await classes?.finish()) ?? {}
  const all = [...level.silences, ...spoken, ...sounds].sort((a, b) => a.startMs - b.startMs)
  return {
    sound: {loudness, levelBySecond: level.levelBySecond, sounds: all},
    tags: [...tags.filter(({name}) => name !== 'speech'), ...speechTags(spoken, level.durationMs)],
    durationMs: level.durationMs,
  }
}

function speechListener(detector: VoiceDetector) {
  const finder = new SpeechFinder(detector.frameSamples, detector.model)
  const judge = detector.start()
  const frames = new SampleWindows(detector.frameSamples, detector.frameSamples)
  const look = async (frame: Float32Array): Promise<void> => finder.push(isAudible(frame) ? await judge(frame) : 0)
  return {
    push: async (samples: Float32Array) => {
      for (const {window} of frames.push(samples)) await look(window)
    },
    finish: async () => finder.finish(),
  }
}

function classListener(classifier: SoundClassifier, overlaps: boolean) {
  const {windowSamples, labels, model} = classifier
  const tally = new ClassTally(labels, model)
  const windows = new SampleWindows(windowSamples, overlaps ? windowSamples >> 1 : windowSamples)
  const look = async ({window, start}: {window: Float32Array; start: number}): Promise<void> => {
    if (!isAudible(window)) return
    const [startMs, endMs] = [start, start + windowSamples].map(sample => (sample / LISTENING_HZ) * 1000)
    tally.push(await classifier.classify(window), startMs as number, endMs as number)
  }
  return {
    push: async (samples: Float32Array) => {
      for (const window of windows.push(samples)) await look(window)
    },
    finish: async () => {
      const rest = windows.finish()
      if (rest !== null) await look(rest)
      const sounds = tally.finish()
      return {sounds, tags: classTags(tally.ranked(), sounds, model), ranked: tally.ranked()}
    },
  }
}
