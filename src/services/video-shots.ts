import {chaptersOf, type Chapter} from '../domain/chapters.js'
import {MediaForgeError} from '../domain/errors.js'
import {rankShots, type Highlight} from '../domain/highlights.js'
import {normaliseTag} from '../domain/tag-names.js'
import {showFile, type FileView} from './files.js'
import type {Ports} from './ports.js'

/** The chapters of a video. Rejects with `NOT_IN_LIBRARY`, and with `USAGE` for what has no shots. */
export async function chapters(ports: Pick<Ports, 'library'>, path: string, {leastMs}: {leastMs: number}): Promise<Chapter[]> {
  const {shots} = await videoWithShots(ports, path)
  return chaptersOf(shots, leastMs)
}

/** The shots of a video, the best first. Rejects like `chapters`. */
export async function highlights(ports: Pick<Ports, 'library'>, path: string, {limit}: {limit: number}): Promise<Highlight[]> {
  const {shots, detections, sound} = await videoWithShots(ports, path)
  const levels = sound?.levelBySecond ?? new Int8Array(0)
  const evidence = shots.map(({startMs, endMs, motion, tags}) => {
    // What is too unsure to be a tag of the shot is as often nothing at all.
    const isSure = ({label}: {label: string}): boolean => tags.some(({name}) => name === normaliseTag(label))
    return {
      startMs,
      endMs,
      motion,
      detections: detections.filter(({atMs, ...seen}) => atMs >= startMs && atMs < endMs && isSure(seen)),
      levelDb: meanLevel(levels, startMs, endMs),
    }
  })
  return rankShots(evidence).slice(0, limit)
}

/** Mean power of some seconds, in dB; null where nothing is known of them. */
function meanLevel(levels: Int8Array, startMs: number, endMs: number): number | null {
  const seconds = levels.subarray(Math.floor(startMs / 1000), Math.max(Math.floor(startMs / 1000) + 1, Math.ceil(endMs / 1000)))
  if (seconds.length === 0) return null
  const power = seconds.reduce((sum, level) => sum + 10 ** (level / 10), 0) / seconds.length
  return 10 * Math.log10(power)
}

async function videoWithShots(ports: Pick<Ports, 'library'>, path: string): Promise<FileView> {
  const view = await showFile(ports, path)
  if (view.shots.length > 0) return view
  const {problem} = view.location
  if (view.content === null && problem !== null) throw new MediaForgeError('USAGE', `${path} cannot be read: ${problem}`)
  const isVideo = view.content === null || view.content.format.kind === 'video'
  throw new MediaForgeError('USAGE', isVideo ? `the shots of ${path} were not looked for yet` : `${path} is no video`, {
    ...(isVideo ? {hint: 'mediaforge work; mediaforge jobs list --failed'} : {}),
  })
}
