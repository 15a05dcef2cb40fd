import {MediaForgeError} from '../../domain/errors.js'
import {LevelMeter} from '../../domain/hearing.js'
import type {Job} from '../../domain/jobs.js'
import type {StageResult, Write} from '../../domain/ports/library.js'
import {speechTags} from '../../domain/sound-classes.js'
import type {SoundView} from '../../domain/sound.js'
import type {Tag} from '../../domain/tags.js'
import {classListener, speechListener} from '../listening.js'
import type {Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {findSubtitles} from '../subtitles.js'
import {openLocation} from './content-file.js'
import {eachJob} from './each.js'

type Options = {signal: AbortSignal}

/** Longer sounds are heard without overlap, which costs half. */
const OVERLAP_UP_TO_MS = 600_000

/** Nothing that people listen to has a lower rate; a header that says one makes days of silence out of seconds. */
const LEAST_HZ = 1000

/** What is listened with: a change of it makes everything stale. */
export async function listenVersion({
  soundClassifier,
  voiceDetector,
}: Pick<Ports, 'soundClassifier' | 'voiceDetector'>): Promise<string> {
  const classifier = await soundClassifier()
  return ['1', (await voiceDetector()).model, ...(classifier === null ? [] : [classifier.model])].join('+')
}

/** Decodes the sound once: how loud it is, where it is silent, where somebody speaks and what else is heard. Subtitles are read, too. */
export const listenStage: Stage = {
  batch: 2,
  lanes: 1,
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
  const {audioCodec, sampleRateHz = LEAST_HZ} = content.facts
  if (sampleRateHz < LEAST_HZ && content.format.kind === 'audio') {
    throw new MediaForgeError('FILE_BROKEN', `its sound has a rate of ${sampleRateHz} Hz: nothing that could be heard`)
  }
  if (audioCodec !== undefined && sampleRateHz >= LEAST_HZ) {
    const heard = await hear(path, content.facts.durationMs ?? 0, ports, options)
    if (heard.durationMs === 0 && content.format.kind === 'audio') {
      throw new MediaForgeError('FILE_BROKEN', 'it holds no sound that could be decoded')
    }
    if (content.facts.durationMs === undefined && content.format.kind === 'audio') {
      writes.push({type: 'duration', contentId: content.id, durationMs: heard.durationMs})
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
  const speech = speechListener(await ports.voiceDetector(), options)
  const classifier = await ports.soundClassifier()
  const classes = classifier === null ? null : classListener(classifier, durationMs <= OVERLAP_UP_TO_MS, options)
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
