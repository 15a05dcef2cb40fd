import {MediaForgeError} from '../../domain/errors.js'
import {WHOLE_BYTES, type FileFormat, type FoundFile, type MediaFacts} from '../../domain/media.js'
import {isWithin} from '../../domain/paths.js'
import {ROTTEN_MESSAGE} from '../verify.js'
import type {Job, JobKind} from '../../domain/jobs.js'
import type {LocationView, StageResult} from '../../domain/ports/library.js'
import type {Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {readSidecars} from '../sidecars.js'
import {eachJob} from './each.js'
import {decodeByFfmpeg, isUndecodable} from './picture-look.js'

const VERSION = '1'

interface Inspected {
  format: FileFormat
  facts: MediaFacts
}

type Options = {signal: AbortSignal}

/** Enough to tell a disk that went away from files that were deleted. */
const SOME_OTHERS = 20

/** Hash and metadata: finds out which content a location holds. Known content costs the hash alone. */
export const inspectStage: Stage = {
  batch: 8,
  lanes: 1,
  run: (jobs, ports, options) => {
    const inHand = new Map<string, string>()
    return eachJob(jobs, job => inspect(job, ports, inHand, options))
  },
}

/**
 * Where none of the others can be seen either, nor anything else, a disk went away while it was worked on, and nobody deleted anything. A folder that was
 * renamed is still full.
 */
async function absenceOf(path: string, {library, files}: Ports, options: Options): Promise<'offline' | 'missing'> {
  // By path: of roots within each other the last is the innermost, which may be a disk of its own.
  const root = (await library.roots()).findLast(one => isWithin(path, one.path))
  if (root === undefined) return 'missing'
  for (const other of await library.presentLocations(root.path, 0, SOME_OTHERS)) {
    if (other.path !== path && (await files.exists(other.path))) return 'missing'
  }
  try {
    for await (const listing of files.walk(root.path, options)) if (listing.files.length > 0) return 'missing'
  } catch (error) {
    if (!(error instanceof MediaForgeError && error.code === 'ROOT_OFFLINE')) throw error
  }
  return 'offline'
}

/** `inHand`: a path of each identity that is being looked at, and so is not in the library yet. */
async function inspect(job: Job, ports: Ports, inHand: Map<string, string>, options: Options): Promise<StageResult> {
  const location = await ports.library.location(job.subject)
  if (location === null) return {writes: [], next: [], version: VERSION}
  const file = await ports.files.stat(location.path)
  if (file === null) {
    const state = await absenceOf(location.path, ports, options)
    return {writes: [{type: 'absent', locationId: location.id, state}], next: [], version: VERSION}
  }
  // What could not be read when it was found has no format yet, and what changed since may have another one.
  const isAsFound = file.sizeBytes === location.sizeBytes && file.mtimeMs === location.mtimeMs
  const format = isAsFound && location.format !== null ? location.format : await ports.files.recognise(file.path)
  if (format === null) return {writes: [], next: [], version: VERSION}

  const isUntouched = isAsFound && !location.isChanged
  const held = isUntouched && location.contentId !== null ? await ports.library.content(location.contentId) : null
  const identity = await identify(file, held?.identity, ports, inHand, options)
  const known = await ports.library.contentByIdentity(identity)
  if (held !== null && held.id !== known?.id) throw rotten()
  const inspected =
    known === null ? await look(file.path, format, identity, ports, options) : {format: known.format, facts: known.ownFacts}
  const sidecars = await readSidecars(ports, location.sidecars, options)
  return {
    writes: [
      {
        type: 'content',
        locationId: location.id,
        identity,
        sizeBytes: file.sizeBytes,
        mtimeMs: file.mtimeMs,
        ...inspected,
        sidecars,
        ...(file.sizeBytes <= WHOLE_BYTES ? {fullHash: identity} : {}),
      },
    ],
    next: nextStages(inspected.format),
    version: VERSION,
  }
}

/**
 * The identity of a file. That of a large one is made of samples: where it is also that of another file that can be read, both are compared
 * in full, and this one goes by the hash of all its bytes if they differ. It goes on doing so when the other one is gone: `held` is the
 * identity that the library knows this very file by.
 */
async function identify(
  file: FoundFile,
  held: string | undefined,
  {files, library}: Ports,
  inHand: Map<string, string>,
  options: Options,
): Promise<string> {
  const identity = await files.identify(file.path, file.sizeBytes)
  if (file.sizeBytes <= WHOLE_BYTES) return identity
  const beside = inHand.get(identity)
  inHand.set(identity, beside ?? file.path)
  const known = await library.contentByIdentity(identity)
  for (const path of [...(known?.locations.map(location => location.path) ?? []), ...(beside === undefined ? [] : [beside])]) {
    if (path === file.path || (await files.stat(path))?.sizeBytes !== file.sizeBytes) continue
    const [mine, other] = await Promise.all([files.hashWhole(file.path, options), files.hashWhole(path, options)])
    return mine === other ? identity : mine
  }
  return held !== undefined && held !== identity && (await files.hashWhole(file.path, options)) === held ? held : identity
}

/** A sidecar had the file looked at again: nobody wrote to it, and yet it is not what it was. */
function rotten(): MediaForgeError {
  return new MediaForgeError('FILE_ROTTEN', ROTTEN_MESSAGE)
}

function nextStages({kind}: FileFormat): JobKind[] {
  if (kind === 'photo') return ['embed']
  return kind === 'video' ? ['frames', 'listen'] : ['embed', 'listen']
}

async function look(
  path: LocationView['path'],
  format: FileFormat,
  identity: string,
  ports: Ports,
  options: Options,
): Promise<Inspected> {
  return format.kind === 'photo'
    ? readHeaders(path, format, ports, options)
    : listenOrWatch(path, format, identity, ports, options)
}

/** What a photo's headers say: its pixels wait for the stage that decodes them anyway. */
async function readHeaders(path: string, format: FileFormat, ports: Ports, options: Options): Promise<Inspected> {
  const [facts, size] = await Promise.all([
    ports.exif.read(path, options),
    ports.pictures.measure(path, format, options).catch((error: unknown) => {
      if (!isUndecodable(error)) throw error
      return {}
    }),
  ])
  return {format, facts: {...facts, ...size}}
}

/** A container says by its streams what it is: an MP4 may hold sound alone. */
async function listenOrWatch(
  path: string,
  format: FileFormat,
  identity: string,
  ports: Ports,
  options: Options,
): Promise<Inspected> {
  const {hasVideo, hasAudio, hasCover, ...probed} = await ports.video.probe(path, options)
  if (!hasVideo && !hasAudio) throw new MediaForgeError('FILE_BROKEN', 'it holds neither pictures nor sound')
  const kind = hasVideo ? 'video' : 'audio'
  const tags = kind === 'audio' ? await ports.audioTags.read(path, format, options).catch(ignoreBrokenTags) : {}
  const isCovered = kind === 'audio' && hasCover === true && (await keepCover(path, identity, ports, options))
  return {format: {...format, kind}, facts: {...probed, ...tags, ...(isCovered ? {hasCover} : {})}}
}

/** Keeps the picture on a sound file for its thumbnail and the embedder. One that cannot be decoded is no reason to refuse the sound. */
async function keepCover(path: string, identity: string, ports: Ports, options: Options): Promise<boolean> {
  try {
    const {thumbnail} = await decodeByFfmpeg(path, identity, ports, options)
    await ports.previews.write(ports.previews.pathOf(identity, 'thumbnail'), thumbnail)
    return true
  } catch (error) {
    if (
      error instanceof MediaForgeError &&
      (isUndecodable(error) || error.code === 'FILE_BROKEN' || error.code === 'FILE_TOO_LARGE')
    ) {
      return false
    }
    throw error
  }
}

/** The sound can be played, ffprobe said so: tags that cannot be read are no reason to refuse the file. */
function ignoreBrokenTags(error: unknown): MediaFacts {
  if (error instanceof MediaForgeError && error.code === 'FILE_BROKEN') return {}
  throw error
}
