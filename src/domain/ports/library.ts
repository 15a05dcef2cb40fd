import type {MediaForgeError} from '../errors.js'
import type {Job, JobCounts, JobKind, JobState, JobView, NewJob, RecentJobs} from '../jobs.js'
import type {Detection, FileFormat, FoundFile, Keyframe, MediaFacts, MediaKind, PictureStatistics, Shot} from '../media.js'
import type {MomentTag} from '../moments.js'
import type {Neighbour} from '../parts.js'
import type {ContentSummary, SearchFilter} from '../search.js'
import type {SoundView} from '../sound.js'
import type {TimedText} from '../subtitles.js'
import type {SidecarFacts} from '../sidecars.js'
import type {Tag, TagSource} from '../tags.js'
import type {NewVector, Space, VectorAspect} from '../vectors.js'
import type {Pruning} from './pruning.js'
import type {VolumePlace} from './volumes.js'
import type {VectorBatch} from './vector-index.js'

export interface Root {
  id: number
  path: string
  /** Null where the system does not tell volumes apart. */
  volume: VolumePlace | null
}

/** A location as the last scan left it. */
export interface KnownFile {
  locationId: number
  name: string
  sizeBytes: number
  mtimeMs: number
  inode: number
  present: boolean
  /** It was there and could not be read. Permissions are mended without a trace in size or time, so every scan tries it again. */
  unreadable: boolean
}

/** What a scan found out about one file of a folder, to be recorded in one transaction with its `inspect` job. */
export interface FoundChange {
  file: FoundFile
  /** Null: looked at, and no media. */
  format: FileFormat | null
  /** Why it could not even be recognised; it then becomes a failed job. */
  problem?: MediaForgeError
}

/** A location of known content that no sidecar speaks of, by what a rename keeps. */
export interface KnownByInode {
  locationId: number
  contentId: number
  folderId: number
  name: string
  path: string
  identity: string
}

/** A file whose bytes are those of a known location. */
export interface Move {
  file: FoundFile
  from: KnownByInode
  /** Nothing is at the known location any more: it moves with its file, unless it did so before. Else there is a further location. */
  isGone: boolean
}

/** A media file and its sidecars: names in one folder. */
export interface SidecarPair {
  name: string
  sidecars: string[]
}

/** A location the library believes to be there, with what a rename keeps. */
export interface PresentLocation {
  id: number
  path: string
  inode: number
  sizeBytes: number
}

/** A location whose bytes can be compared with what was read of it before. */
export interface VerifiableFile {
  locationId: number
  contentId: number
  path: string
  sizeBytes: number
  mtimeMs: number
  identity: string
  /** Null where nobody read all of it yet. */
  fullHash: string | null
}

export interface LocationView {
  id: number
  path: string
  sizeBytes: number
  mtimeMs: number
  state: 'present' | 'offline' | 'missing'
  contentId: number | null
  format: FileFormat | null
  /** A scan found another size or time since the file was last looked at. */
  isChanged: boolean
  /** Paths of the files that say something about it. */
  sidecars: string[]
  /** Why it, or what it shows, could not be looked at; null where it could be, or nobody tried yet. */
  problem: string | null
}

export interface ContentView {
  id: number
  identity: string
  sizeBytes: number
  format: FileFormat
  facts: MediaFacts
  /** What the file says itself: `facts` without names, folders and sidecars. */
  ownFacts: MediaFacts
  statistics: PictureStatistics | null
  /** Present locations first. */
  locations: LocationView[]
  /** Of a video, in order; empty before they were looked for. */
  shots: Shot[]
  keyframes: Keyframe[]
  addedAt: string
}

export interface StoredDetection extends Detection {
  atMs: number
}

/** What a model said that a picture, or a moment of a video, shows. */
export interface Caption {
  atMs: number
  model: string
  text: string
}

/** How much of the library a space covers: contents that its model has looked at, and the vectors it made of them. */
export interface SpaceCoverage {
  space: string
  contents: number
  vectors: number
}

/** Everything a stage may write. The library commits all of a job's writes, its `next` and its end in one transaction. */
export type Write =
  | {
      type: 'content'
      locationId: number
      identity: string
      /** Size and time of the file that was looked at: it may have changed since it was found. */
      sizeBytes: number
      mtimeMs: number
      format: FileFormat
      /** What the file says itself, kept where the content is new; the library joins it with what its places and sidecars say. */
      facts: MediaFacts
      sidecars?: SidecarFacts
      /** Of every byte, where they were all read. */
      fullHash?: string
    }
  /** What the pixels of a photo say, or that nothing on this machine can decode them. */
  | {
      type: 'picture'
      contentId: number
      facts: Pick<MediaFacts, 'width' | 'height' | 'noDecoder'>
      statistics: PictureStatistics | null
      fullHash?: string
    }
  /** How long a video or sound turned out to be, where its container does not say it. */
  | {type: 'duration'; contentId: number; durationMs: number}
  | {type: 'shots'; contentId: number; shots: Shot[]; keyframes: Keyframe[]}
  | {type: 'sound'; contentId: number; sound: SoundView}
  /** What is said, in the place of what was known to be said. */
  | {type: 'cues'; contentId: number; cues: TimedText[]}
  | {type: 'vectors'; contentId: number; space: Space; vectors: NewVector[]}
  | {type: 'detections'; contentId: number; model: string; detections: StoredDetection[]}
  /** What a model sees at the moments of a video, in the place of what was known of them. */
  | {type: 'momentTags'; contentId: number; tags: MomentTag[]}
  /** Replaces what a model said of a content. */
  | {type: 'captions'; contentId: number; model: string; captions: Omit<Caption, 'model'>[]}
  /** Replaces the content's tags of these sources; a tag that a person removed stays away. */
  | {type: 'tags'; contentId: number; sources: TagSource[]; tags: Tag[]}
  /** The file went away between the walk and the look at it. */
  | {type: 'absent'; locationId: number; state: 'offline' | 'missing'}

/** What a stage hands back. */
export interface StageResult {
  writes: Write[]
  /** Stages to follow for the same content; those it already passed at any version are skipped. */
  next: JobKind[]
  /** Which version of the stage this was: kept beside the content, so that a new model can find what is stale. */
  version: string
  /** The stage has done a part of its work: the job goes back to the queue for the rest. */
  remains?: boolean
}

/** A found text row, best first. `score` grows with relevance. */
export interface TextMatch {
  contentId: number
  score: number
}

export interface LibraryStats {
  roots: number
  files: Record<'present' | 'offline' | 'missing', number>
  contents: Record<MediaKind, number>
  sizeBytes: number
  tags: number
  taggedContents: number
  vectors: {space: string; vectors: number; contents: number}[]
  topTags: {name: string; contents: number}[]
  captured: {first: string | null; last: string | null}
}

/** One line of the library's health, for `doctor`. */
export interface LibraryHealth {
  path: string
  version: number
  sizeBytes: number
  /** `ok`, or what is broken. */
  integrity: string
}

/**
 * The store behind everything: coarse methods, each one transaction. Rejects with `LIBRARY_TOO_NEW`, `LIBRARY_CORRUPT`, `LIBRARY_BUSY`
 * from any method.
 */
export interface Library extends Pruning, AsyncDisposable {
  /** Made with the library and never changed: names its caches. */
  id(): Promise<string>

  // Scanning
  addRoot(path: string): Promise<Root>
  roots(): Promise<Root[]>
  placeRoot(rootId: number, place: VolumePlace): Promise<void>
  /** Gives a root and all its folders another path. Resolves to false, and changes nothing, where something is known at or below it already. */
  moveRoot(rootId: number, path: string): Promise<boolean>
  /** The locations known in one folder, whatever their root. */
  knownFiles(folder: string): Promise<KnownFile[]>
  /** New and changed files of one folder, with their `inspect` jobs. Returns their location ids and how many were new. */
  recordFound(
    rootId: number,
    folder: string,
    changes: FoundChange[],
    priority?: number,
  ): Promise<{locationIds: number[]; added: number}>
  /** Where a file of this inode, size and time is known, if anywhere; in the order asked. */
  knownByInode(files: readonly FoundFile[]): Promise<(KnownByInode | null)[]>
  /**
   * Puts files where they are now, with all that is known of their content and no job. Returns their location ids; null where the known
   * location holds something else by now, or something is known at the new one.
   */
  recordMoved(rootId: number, moves: readonly Move[]): Promise<(number | null)[]>
  /** Which media of a folder have sidecars, by names; what is missing has none. */
  sidecarsIn(folder: string): Promise<SidecarPair[]>
  /** Sets the sidecars of some media of a folder and puts them on the queue to be looked at again. */
  recordSidecars(folder: string, pairs: SidecarPair[]): Promise<void>
  /** Locations seen again where they were offline or missing, with the jobs that their absence ended. */
  recordPresent(locationIds: number[]): Promise<void>
  /** How many locations are present at or below a folder. */
  countPresent(folder: string): Promise<number>
  /** How many are offline. */
  countOffline(folder: string): Promise<number>
  /** All present locations at or below a folder, in id order, a page at a time. */
  presentLocations(folder: string, afterId: number, limit: number): Promise<PresentLocation[]>
  /** Present locations at or below a folder whose content is known and that wait for no look, in id order, a page at a time. */
  verifiableFiles(folder: string, afterId: number, limit: number): Promise<VerifiableFile[]>
  /** Notes the hash of every byte of a content, where there is none yet. */
  recordFullHash(contentId: number, fullHash: string): Promise<void>
  recordAbsent(locationIds: number[], state: 'offline' | 'missing'): Promise<void>

  // The queue
  /** A higher priority than any before. Jobs of higher priority are claimed first, and what follows from a job inherits its own. */
  nextPriority(): Promise<number>
  /** Returns how many were added. With a priority what is there already comes first, too, and what failed is tried again. */
  enqueue(jobs: NewJob[], priority?: number | null): Promise<number>
  /**
   * Every content whose last pass of this stage was of another version, or never; for `embed`, that this space does not cover. Of `most` of
   * them, those that came last. Returns how many jobs were added.
   */
  enqueueStale(kind: Exclude<JobKind, 'inspect'>, version: string, most?: number): Promise<number>
  /** Takes up to `limit` jobs of one kind, counting the attempt before the stage runs. Expired leases are taken over. */
  claim(kind: JobKind, limit: number, owner: string): Promise<Job[]>
  /** Extends the leases; returns the ids that are still the owner's. */
  heartbeat(jobIds: number[], owner: string): Promise<number[]>
  /** Which stage versions a content has passed. */
  passes(contentId: number): Promise<Partial<Record<JobKind, string>>>
  /** Commits what a stage made, together with the job's end. Rejects with `LEASE_LOST` and writes nothing where the job is no longer the owner's. */
  finish(job: Job, owner: string, result: StageResult): Promise<void>
  /** Gives up this attempt: back to the queue after a delay, or failed for good. Returns true when it was for good. */
  fail(job: Job, owner: string, error: {code: string; message: string}, final: boolean): Promise<boolean>
  /** Who holds jobs right now. */
  owners(): Promise<string[]>
  /** Ends the leases of a worker that is known to be dead, so that nobody waits for them to run out. */
  expireLeases(owner: string): Promise<void>
  /** Hands unfinished jobs back, their attempt not counted. */
  release(jobIds: number[], owner: string): Promise<void>
  jobCounts(): Promise<JobCounts>
  /** What `finish` ended in the last minutes. */
  recentJobs(): Promise<Record<JobKind, RecentJobs>>
  /** Milliseconds until a job of these kinds may be claimed, whoever holds it now; 0 for at once, null when there is none. */
  nextJobDelayMs(kinds: readonly JobKind[]): Promise<number | null>
  listJobs(filter: {state?: JobState; kind?: JobKind; limit: number}): Promise<JobView[]>
  /** Failed jobs back to the queue with their attempts forgotten, and photos that nothing could decode when they were embedded. */
  retryJobs(filter: {ids?: number[]; kind?: JobKind}): Promise<number>
  /**
   * Takes jobs off the queue, those in hand excepted. What was not looked at yet counts as changed from then on, so that the next scan
   * brings it back. Returns how many were taken.
   */
  clearJobs(filter: {state: 'queued' | 'failed'; kind?: JobKind}): Promise<number>
  /**
   * Takes or keeps what only one process does at a time, for as long as a lease holds. Resolves to null where it is the owner's now, else to
   * the one who has it, unless that is `gone`.
   */
  lock(name: string, owner: string, gone?: string): Promise<string | null>
  unlock(name: string, owner: string): Promise<void>
  setPaused(paused: boolean): Promise<void>
  isPaused(): Promise<boolean>

  // Reading
  location(locationId: number): Promise<LocationView | null>
  locationAt(path: string): Promise<LocationView | null>
  content(contentId: number): Promise<ContentView | null>
  /**
   * A content where it is first found now, itself among those that may belong to it: contents in that folder whose names differ from its name in the
   * extension alone or are of the same burst, and contents anywhere that carry the same ids of a live photo or a burst. In the order of their paths.
   */
  neighbours(contentId: number): Promise<Neighbour[]>
  contentByIdentity(identity: string): Promise<ContentView | null>
  /** What the last embedding model detected; its name is null where nothing was. */
  detections(contentId: number): Promise<{model: string | null; detections: StoredDetection[]}>
  /** In the order of their moments. */
  captions(contentId: number): Promise<Caption[]>
  /** What a model that compares pictures with words sees at the moments of a video, in their order; also what a person refused. */
  momentTags(contentId: number): Promise<MomentTag[]>
  sound(contentId: number): Promise<SoundView>
  /** What is said or shown as text, in order. */
  cues(contentId: number): Promise<TimedText[]>
  tags(contentId: number): Promise<Tag[]>
  /** Names that a person took away from a content. */
  refusedTags(contentId: number): Promise<string[]>
  /** Ids of contents above an id, in id order. */
  contentIds(afterId: number, limit: number): Promise<number[]>
  stats(): Promise<LibraryStats>
  health(): Promise<LibraryHealth>
  /**
   * Writes a whole and checked copy of the library to a file, whatever other processes do meanwhile. An earlier copy there is replaced at the
   * last moment. Rejects with `USAGE` where something else stands there.
   */
  backup(file: string): Promise<LibraryHealth>

  // Spaces
  /** The spaces that cover something, the fullest first. */
  spaces(): Promise<SpaceCoverage[]>
  /** How many contents other spaces cover and this one does not yet. */
  countUncovered(space: string): Promise<number>
  /** Forgets all vectors of a space. */
  dropSpace(space: string): Promise<void>
  /** A content's vectors of pictures and keyframes in a space. */
  contentVectors(contentId: number, space: string): Promise<{aspect: VectorAspect; atMs: number; data: Float32Array}[]>
  /** Pictures that a person gave a tag or took it from, by that tag: the newest few hundred of each. */
  answeredVectors(space: string): Promise<{tag: string; isYes: boolean; data: Float32Array}[]>
  /** What a detector saw, by its best score, in the photos that a person said yes or no to a tag of, whatever it was; the newest of each. */
  answeredDetections(model: string): Promise<{tag: string; isYes: boolean; label: string; score: number}[]>
  /** Below this confidence a machine's tag is not kept; null where nobody decided. */
  leastConfidence(): Promise<number | null>
  setLeastConfidence(confidence: number): Promise<void>

  // Tags by hand
  addTags(contentId: number, names: string[]): Promise<void>
  /** Removes tags and remembers the refusal, so that no machine brings them back. Returns the names that were there. */
  removeTags(contentId: number, names: string[]): Promise<string[]>

  // Search
  /** `match` is an FTS5 expression whose every word is already quoted. Of many thousands of matches those that were added last are ranked. */
  searchText(match: string, filter: SearchFilter, limit: number): Promise<TextMatch[]>
  /** Those of some contents that such an expression matches. */
  matching(match: string, contentIds: readonly number[]): Promise<number[]>
  /**
   * The vectors whose contents a filter lets pass, and that the space `uncoveredBy`, where one is named, does not cover; null when all of
   * them pass.
   */
  filterVectors(
    space: string,
    aspects: readonly VectorAspect[],
    filter: SearchFilter,
    uncoveredBy?: string,
  ): Promise<Set<number> | null>
  /** Contents in which these words are said, best first, each with the time at which they are. */
  searchCues(match: string, filter: SearchFilter, limit: number): Promise<(TextMatch & {atMs: number; endMs: number})[]>
  summaries(contentIds: number[]): Promise<ContentSummary[]>
  /** How many vectors of an aspect a space holds, and the highest id among them. */
  vectorState(space: string, aspects: readonly VectorAspect[]): Promise<{count: number; maxId: number}>
  /** Vectors above an id, in id order. */
  vectorsAfter(space: string, aspects: readonly VectorAspect[], afterId: number, limit: number): Promise<VectorBatch>
  /** The vectors of these ids, in id order; those that are gone are left out. */
  vectorsOf(ids: Iterable<number>): Promise<VectorBatch>
  /** Which content each vector id belongs to, what of it and which moment, in the order asked. */
  vectorOwners(ids: number[]): Promise<{id: number; contentId: number; aspect: VectorAspect; atMs: number}[]>
  cachedQuery(space: string, text: string): Promise<Float32Array | null>
  cacheQuery(space: string, text: string, vector: Float32Array): Promise<void>
}
