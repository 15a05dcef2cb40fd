import {MediaForgeError} from '../domain/errors.js'
import type {Shot} from '../domain/media.js'
import {shotAt, shotTags} from '../domain/moments.js'
import type {Caption, ContentView, LocationView, StoredDetection} from '../domain/ports/library.js'
import type {SoundView} from '../domain/sound.js'
import type {TimedText} from '../domain/subtitles.js'
import type {Tag} from '../domain/tags.js'
import {detectorRule} from './confidence.js'
import {itemOf} from './items.js'
import type {Ports} from './ports.js'

/** A shot as it is shown. */
export interface ShotView extends Shot {
  tags: {name: string; confidence: number}[]
  keyframesMs: number[]
}

/** The shots of a video with what is seen in them; what a person took from the video is in none of its shots. */
async function shotViews(library: Ports['library'], {id, shots, keyframes}: ContentView): Promise<ShotView[]> {
  if (shots.length === 0) return []
  const {model, detections} = await library.detections(id)
  const rule = await detectorRule(library, model)
  const compared = await library.momentTags(id)
  const refused = new Set(await library.refusedTags(id))
  return shots.map(shot => ({
    ...shot,
    tags: shotTags(shot, detections, rule, compared).filter(({name}) => !refused.has(name)),
    keyframesMs: keyframes.map(({atMs}) => atMs).filter(atMs => shotAt(shots, atMs) === shot),
  }))
}

/** All that is known of one file. `content` is null while its inspection is still to come, or where it failed. */
export interface FileView {
  location: LocationView
  content: ContentView | null
  tags: Tag[]
  /** Paths of the files that belong together with this one: a picture, its raw file, the moving half of a live photo. */
  parts: string[]
  detections: StoredDetection[]
  /** What models said that it shows, in the order of the moments. */
  captions: Caption[]
  /** Of a video, what was seen in each and the moments that stand for it. */
  shots: ShotView[]
  sound: SoundView | null
  /** What is said, in order. */
  cues: TimedText[]
  /** Which version of each stage it passed. */
  stages: Partial<Record<string, string>>
}

/** Everything the library knows of the file at an absolute path. Rejects with `NOT_IN_LIBRARY`. */
export async function showFile({library}: Pick<Ports, 'library'>, path: string): Promise<FileView> {
  const location = await knownLocation(library, path)
  if (location.contentId === null) {
    return {
      location,
      content: null,
      tags: [],
      parts: [],
      detections: [],
      captions: [],
      shots: [],
      sound: null,
      cues: [],
      stages: {},
    }
  }
  const item = await itemOf({library}, location.contentId)
  const {detections} = await library.detections(location.contentId)
  const content = await library.content(location.contentId)
  const isHeard = content !== null && content.format.kind !== 'photo'
  return {
    location,
    content,
    tags: await library.tags(location.contentId),
    parts: (item === null ? [] : [item.main, ...item.parts])
      .filter(part => part.contentId !== location.contentId)
      .map(part => part.path),
    detections,
    captions: await library.captions(location.contentId),
    shots: content === null ? [] : await shotViews(library, content),
    sound: isHeard ? await library.sound(location.contentId) : null,
    cues: isHeard ? await library.cues(location.contentId) : [],
    stages: await library.passes(location.contentId),
  }
}

/** The content of a file that was scanned and inspected. Rejects with `NOT_IN_LIBRARY`. */
export async function contentIdOf({library}: Pick<Ports, 'library'>, path: string): Promise<number> {
  const {contentId} = await knownLocation(library, path)
  if (contentId !== null) return contentId
  throw new MediaForgeError('NOT_IN_LIBRARY', `${path} was found, but not looked at yet, or it could not be read`, {
    hint: 'mediaforge work; mediaforge jobs list --failed',
  })
}

async function knownLocation(library: Ports['library'], path: string): Promise<LocationView> {
  const location = await library.locationAt(path)
  if (location !== null) return location
  throw new MediaForgeError('NOT_IN_LIBRARY', `${path} is not in the library`, {
    hint: `mediaforge scan '${path.replaceAll("'", "'\\''")}'`,
  })
}
