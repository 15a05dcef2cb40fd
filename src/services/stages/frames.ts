import {MediaForgeError} from '../../domain/errors.js'
import type {Job} from '../../domain/jobs.js'
import {STILL_SIDE, type MediaFacts} from '../../domain/media.js'
import type {ContentView, StageResult, Write} from '../../domain/ports/library.js'
import {ShotDetector} from '../../domain/shots/detector.js'
import {makeShots, type ShotList} from '../../domain/shots/shots.js'
import {spriteCues, SPRITE} from '../../domain/sprites.js'
import type {Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {openLocation} from './content-file.js'
import {eachJob} from './each.js'

/** How shots and keyframes are found. Raise it when that changes, and the next run finds what is stale. */
export const FRAMES_VERSION = '2'

type Options = {signal: AbortSignal}

/** Decodes a video once to find its shots, and keeps a picture of each of the moments that stand for them. */
export const framesStage: Stage = {
  // A decoder takes all processors there are.
  batch: 1,
  lanes: 1,
  run: (jobs, ports, options) => eachJob(jobs, job => frames(job, ports, options)),
}

async function frames(job: Job, ports: Ports, options: Options): Promise<StageResult> {
  const content = await ports.library.content(job.subject)
  if (content === null) return {writes: [], next: [], version: FRAMES_VERSION}
  const path = await openLocation(content, ports)
  const {shots, keyframesMs} = await findShots(path, content.facts, ports, options)
  const stills: {atMs: number; path: string}[] = []
  for (const atMs of keyframesMs) {
    const still = ports.previews.pathOf(content.identity, {atMs})
    await ports.previews.prepare(still)
    if (await ports.video.extractFrame(path, atMs, still, STILL_SIDE, options)) stills.push({atMs, path: still})
  }
  if (stills.length === 0) throw new MediaForgeError('FILE_BROKEN', 'no frame of this video could be decoded')
  await keepPreviews(content, stills, ports, options)
  const keyframes = stills.map(({atMs}, ordinal) => ({ordinal, atMs}))
  const writes: Write[] = [{type: 'shots', contentId: content.id, shots, keyframes}]
  // A stream without a container, or one written to a pipe, does not say how long it is.
  const endMs = shots.at(-1)?.endMs
  if (content.facts.durationMs === undefined && endMs !== undefined) {
    writes.push({type: 'duration', contentId: content.id, durationMs: endMs})
  }
  return {writes, next: ['embed'], version: FRAMES_VERSION}
}

async function findShots(path: string, facts: MediaFacts, {video, limits}: Ports, options: Options): Promise<ShotList> {
  const detector = new ShotDetector()
  for await (const frame of video.smallFrames(path, options)) detector.push(frame)
  const {shots, keyframesMs} = makeShots(detector, detector.finish(), limits.keyframesPerHour)
  const [only, ...others] = shots
  if (only === undefined || others.length > 0 || only.endMs > only.startMs) return {shots, keyframesMs}
  // A single frame does not tell how long it is shown: a sound with one picture lasts as long as the sound.
  return {shots: [{...only, endMs: Math.max(only.endMs, facts.durationMs ?? 0)}], keyframesMs}
}

/** A thumbnail of each moment and one of the video, and all of them on a sheet that a player shows while a person looks for a moment. */
async function keepPreviews(
  {identity}: ContentView,
  stills: readonly {atMs: number; path: string}[],
  {pictures, previews}: Ports,
  options: Options,
): Promise<void> {
  let largest = 0
  for (const {atMs, path} of stills) {
    const {thumbnail, statistics} = await pictures.inspect(path, {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'}, options)
    await previews.write(previews.pathOf(identity, {thumbnailAtMs: atMs}), thumbnail)
    // The one that shows most stands for the video.
    const shows = statistics.sharpness * (1 + statistics.colourfulness)
    if (atMs === stills[0]?.atMs || shows > largest) await previews.write(previews.pathOf(identity, 'thumbnail'), thumbnail)
    largest = Math.max(largest, shows)
  }
  const shown = stills.slice(0, SPRITE.mostTiles)
  const sheet = await pictures.sheet(
    shown.map(({path}) => path),
    SPRITE,
    options,
  )
  await previews.write(previews.pathOf(identity, 'sprites'), sheet)
  const cues = spriteCues(shown.map(({atMs}) => atMs))
  await previews.write(previews.pathOf(identity, 'sprite cues'), new TextEncoder().encode(cues))
}
