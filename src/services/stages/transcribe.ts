import type {Job} from '../../domain/jobs.js'
import type {ContentView, StageResult} from '../../domain/ports/library.js'
import {LISTENING_HZ} from '../../domain/ports/listening.js'
import type {Transcriber} from '../../domain/ports/transcriber.js'
import {speechPieces} from '../../domain/speech-pieces.js'
import type {TimedText} from '../../domain/subtitles.js'
import type {Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {findSubtitles} from '../subtitles.js'
import {openLocation} from './content-file.js'
import {eachJob} from './each.js'

type Options = {signal: AbortSignal}

/** Writes down what is said: from subtitles where there are any, else by a model that listens to the stretches in which somebody speaks. */
export const transcribeStage: Stage = {
  batch: 1,
  lanes: 1,
  run: (jobs, ports, options) => eachJob(jobs, job => transcribe(job, ports, options)),
}

/** What is written down with: a change of it makes everything stale, subtitles included, which may have gone meanwhile. */
export function transcribeVersion(transcriber: Transcriber | null): string {
  return transcriber?.model ?? 'subtitles'
}

async function transcribe(job: Job, ports: Ports, options: Options): Promise<StageResult> {
  const transcriber = await ports.transcriber()
  const version = transcribeVersion(transcriber)
  const content = await ports.library.content(job.subject)
  if (content === null || content.format.kind === 'photo') return {writes: [], next: [], version}
  const path = await openLocation(content, ports)
  const subtitles = await findSubtitles(ports, content, path, options)
  if (subtitles.length > 0) return {writes: [{type: 'cues', contentId: content.id, cues: subtitles}], next: [], version}
  if (transcriber === null) return {writes: [], next: [], version}
  if (await isWhole(content.id, transcriber, ports)) return {writes: [], next: [], version}
  const {cues, untilMs} = await listen(content, path, transcriber, ports, options)
  const writes: StageResult['writes'] = [{type: 'cues', contentId: content.id, cues}]
  if (untilMs === null) return {writes, next: [], version}
  return {writes, next: [], version: partVersion(version, untilMs), remains: true}
}

/** Pieces of speech that are written down in one go; what comes after them is a job again, so that an interruption costs no more than this. */
const MOST_PIECES = 20

/** The same model would say the same of it again, and takes its time for it. */
async function isWhole(contentId: number, {model}: Transcriber, {library}: Ports): Promise<boolean> {
  const {transcribe: passed} = await library.passes(contentId)
  return passed === model && (await library.cues(contentId)).every(({source}) => source === model)
}

/** How far a file is written down, kept where the stage's version is: what has it is stale until it is whole. */
function partVersion(version: string, untilMs: number): string {
  return `${version} until ${untilMs}`
}

function heardUntilMs(passed: string | undefined, version: string): number {
  const [part, ms] = passed?.split(' until ') ?? []
  return part === version ? Number(ms ?? 0) : 0
}

/** What is said in a file, as far as it is heard now; `untilMs` is null where that is all of it. */
async function listen(
  {id, facts}: ContentView,
  path: string,
  transcriber: Transcriber,
  ports: Ports,
  options: Options,
): Promise<{cues: TimedText[]; untilMs: number | null}> {
  const {sounds} = await ports.library.sound(id)
  const fromMs = heardUntilMs((await ports.library.passes(id)).transcribe, transcriber.model)
  const before = (await ports.library.cues(id)).filter(({source, startMs}) => source === transcriber.model && startMs < fromMs)
  const all = facts.audioCodec === undefined ? [] : speechPieces(sounds)
  const left = all.filter(({startMs}) => startMs >= fromMs)
  const pieces = left.slice(0, MOST_PIECES)
  const cues: TimedText[] = []
  const write = async ({startMs, samples}: Piece): Promise<void> => {
    for (const cue of await transcriber.transcribe(samples, options)) {
      cues.push({startMs: startMs + cue.startMs, endMs: startMs + cue.endMs, text: cue.text, source: transcriber.model})
    }
  }
  if (pieces.length > 0) await eachPiece(path, pieces, write, ports, options)
  return {cues: [...before, ...cues], untilMs: left[MOST_PIECES]?.startMs ?? null}
}

interface Piece {
  startMs: number
  samples: Float32Array
}

/** Decodes the sound once and hands out the samples of each piece; no more than one piece is held. */
async function eachPiece(
  path: string,
  pieces: readonly {startMs: number; endMs: number}[],
  use: (piece: Piece) => Promise<void>,
  {soundTools}: Ports,
  options: Options,
): Promise<void> {
  const left = pieces.map(({startMs, endMs}) => ({startMs, from: at(startMs), to: at(endMs)}))
  let position = 0
  let parts: Float32Array[] = []
  const take = async (samples: Float32Array): Promise<'enough' | void> => {
    const end = position + samples.length
    for (let piece = left[0]; piece !== undefined && piece.from < end; piece = left[0]) {
      parts.push(samples.subarray(Math.max(0, piece.from - position), piece.to - position))
      if (piece.to > end) break
      left.shift()
      const whole = joined(parts)
      parts = []
      await use({startMs: piece.startMs, samples: whole})
    }
    position = end
    if (left.length === 0) return 'enough'
  }
  await soundTools.decode(path, take, options)
  const last = left[0]
  if (last !== undefined && parts.length > 0) await use({startMs: last.startMs, samples: joined(parts)})
}

function at(ms: number): number {
  return Math.round((ms / 1000) * LISTENING_HZ)
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
