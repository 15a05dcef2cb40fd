import {MediaForgeError} from '../../domain/errors.js'
import {STILL_SIDE, WHOLE_BYTES, type MediaFacts} from '../../domain/media.js'
import type {ContentView, Write} from '../../domain/ports/library.js'
import type {PictureInspection} from '../../domain/ports/media-tools.js'
import type {Ports} from '../ports.js'
import {openLocation} from './content-file.js'

type Options = {signal: AbortSignal}
type PictureWrite = Extract<Write, {type: 'picture'}>

/**
 * The first look at a photo's pixels: its thumbnail, statistics and true size, and the hash of every byte where its identity is made of samples.
 * Null where that is known. Rejects like `PictureDecoder` for a picture that is broken.
 */
export async function lookAtPicture(content: ContentView, ports: Ports, options: Options): Promise<PictureWrite | null> {
  const {id: contentId, identity, format, facts, statistics} = content
  if (format.kind !== 'photo' || facts.noDecoder !== undefined) return null
  const thumbnail = ports.previews.pathOf(identity, 'thumbnail')
  if (statistics !== null && (await ports.previews.has(thumbnail))) return null
  const path = await openLocation(content, ports)
  try {
    const isPreviewed = format.format === 'heic' || format.format === 'heif'
    const inspected = await ports.pictures.inspect(path, format, options).catch(async (error: unknown) => {
      if (!isUndecodable(error)) throw error
      return {...(await decodeByFfmpeg(path, identity, ports, options)), ...sizeOf(facts)}
    })
    // A still is smaller than its picture, and so is the preview in a HEIC file.
    const picture = isPreviewed ? {...inspected, ...sizeOf(facts)} : inspected
    await ports.previews.write(thumbnail, picture.thumbnail)
    const {width, height} = picture
    const fullHash = await hashAsKnown(content, path, ports, options)
    return {type: 'picture', contentId, facts: {width, height}, statistics: picture.statistics, ...fullHash}
  } catch (error) {
    if (!isUndecodable(error)) throw error
    // An intact file of a format this machine cannot decode is still found by its name, date, place and camera.
    return {type: 'picture', contentId, facts: {noDecoder: format.format}, statistics: null}
  }
}

function sizeOf({width, height}: MediaFacts): {width: number; height: number} | undefined {
  return width === undefined || height === undefined ? undefined : {width, height}
}

/** Of a file that rotted since it was first read no hash is kept: `scan --verify` shall find it. */
async function hashAsKnown(
  {identity, sizeBytes}: ContentView,
  path: string,
  {files}: Ports,
  options: Options,
): Promise<{fullHash?: string}> {
  if (sizeBytes <= WHOLE_BYTES) return {}
  const fullHash = await files.hashWhole(path, options)
  return fullHash === identity || (await files.identify(path, sizeBytes)) === identity ? {fullHash} : {}
}

/** ffmpeg knows formats that the picture decoder lacks; its frame is kept beside the thumbnail, for the embedder. */
export async function decodeByFfmpeg(path: string, identity: string, ports: Ports, options: Options): Promise<PictureInspection> {
  const still = ports.previews.pathOf(identity, {atMs: 0})
  await ports.previews.prepare(still)
  const found = await ports.video.extractFrame(path, 0, still, STILL_SIDE, options).catch((error: unknown) => {
    if (error instanceof MediaForgeError && error.code === 'FILE_BROKEN') return false
    throw error
  })
  if (!found) throw new MediaForgeError('FILE_UNRECOGNISED', 'no decoder on this machine can read it')
  return ports.pictures.inspect(still, {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'}, options)
}

export function isUndecodable(error: unknown): boolean {
  return error instanceof MediaForgeError && (error.code === 'FILE_UNRECOGNISED' || error.code === 'FFMPEG_MISSING')
}
