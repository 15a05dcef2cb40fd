/** Where a path is, told by the disk instead of the place it is mounted at. */
export interface VolumePlace {
  /** The file system's own id, which it keeps wherever it is mounted. */
  id: string
  /** The path within it, `/` for its top. */
  path: string
}

/** Knows which disk a path is on. */
export interface Volumes {
  /** Null where the system does not say. The path need not exist. */
  placeOf(path: string): Promise<VolumePlace | null>
  /** Whether a path is on a file system that others may change without this machine being told. */
  isRemote(path: string): Promise<boolean>
}
