import {MediaForgeError} from '../../domain/errors.js'
import {STILL_SIDE, type PictureRule, type Pixels} from '../../domain/media.js'
import type {ContentView} from '../../domain/ports/library.js'
import type {Ports} from '../ports.js'
import {openLocation} from './content-file.js'

type Options = {signal: AbortSignal}

/** The pictures a content has: itself or its cover (null), the moments of a video, or none. */
export function momentsOf({format, facts, keyframes}: ContentView): (number | null)[] {
  if (format.kind === 'video') return keyframes.map(keyframe => keyframe.atMs)
  const isSeen = format.kind === 'photo' ? facts.noDecoder === undefined : facts.hasCover === true
  return isSeen ? [null] : []
}

const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const

/** The picture of a moment as a model wants it; `null` is the content's own. Rejects like `PictureDecoder`, and with `FILE_VANISHED`. */
export async function decodeMoment(
  content: ContentView,
  moment: number | null,
  rule: PictureRule,
  ports: Ports,
  options: Options,
): Promise<Pixels> {
  if (content.format.kind !== 'photo')
    return ports.pictures.decode(await still(content, moment ?? 0, ports, options), JPEG, rule, options)
  try {
    return await ports.pictures.decode(await openLocation(content, ports), content.format, rule, options)
  } catch (error) {
    if (!(error instanceof MediaForgeError && error.code === 'FILE_UNRECOGNISED')) throw error
    return ports.pictures.decode(await still(content, 0, ports, options), JPEG, rule, options)
  }
}

/** The kept picture of a moment, made again where the cache was emptied. */
async function still(content: ContentView, atMs: number, ports: Ports, options: Options): Promise<string> {
  const path = ports.previews.pathOf(content.identity, {atMs})
  if (!(await ports.previews.has(path))) {
    await ports.previews.prepare(path)
    await ports.video.extractFrame(await openLocation(content, ports), atMs, path, STILL_SIDE, options)
  }
  return path
}
