/** Which absent locations are meant: in one of these states, and in it since before a moment (ISO 8601; null for any). */
export interface AbsentFilter {
  states: readonly ('missing' | 'offline')[]
  before: string | null
}

/** A location that was not there when it was last looked for. */
export interface AbsentLocation {
  id: number
  path: string
  state: 'missing' | 'offline'
  since: string | null
}

/** A content that has no location, or would have none. */
export interface LeavingContent {
  id: number
  identity: string
  sizeBytes: number
  /** Whether a person gave it tags. */
  taggedByHand: boolean
}

/** The way out of the library, for `prune`: a part of the `Library` port. */
export interface Pruning {
  /** Absent locations in id order, a page at a time. */
  absentLocations(filter: AbsentFilter, afterId: number, limit: number): Promise<AbsentLocation[]>
  /** The contents that are at these locations and nowhere else. */
  contentsOnlyAt(locationIds: readonly number[]): Promise<LeavingContent[]>
  /** The contents that are nowhere: a file that was changed no longer holds what it held. */
  contentsNowhere(): Promise<LeavingContent[]>
  /** Forgets locations, those that are back meanwhile excepted. Returns how many there were. */
  removeLocations(locationIds: readonly number[]): Promise<number>
  /** Forgets contents with all that hangs on them, those that have a location excepted. Returns the identities of those that went. */
  removeContents(contentIds: readonly number[]): Promise<string[]>
  /**
   * Forgets what was read of files that were still being written, where no file holds it and no person said anything about it. Waits until no
   * file is to be looked at, since one may turn out to hold it. Returns the identities of what went.
   */
  removeUnsettled(): Promise<string[]>
}
