import type {ErrorCode} from '../errors.js'
import type {FileFormat, FoundFile} from '../media.js'

/** The files of one folder, symlinks resolved, ignore rules applied. Empty folders are told too. */
export interface FolderListing {
  path: string
  files: FoundFile[]
}

/** Something the walk could not look at. A folder here hides everything under it from this scan. */
export interface WalkProblem {
  path: string
  code: ErrorCode
  message: string
}

export interface WalkOptions {
  /** Also files and folders whose names begin with a dot. */
  hidden?: boolean
  /** Gitignore rules besides those of `.mediaforgeignore` files. */
  ignore?: string[]
  /** Only these folders, each without those below it; all where it is not given. */
  folders?: ReadonlySet<string>
  onProblem?: (problem: WalkProblem) => void
  signal?: AbortSignal
}

/** A file, and how long it is known to be. */
export type KnownSize = Pick<FoundFile, 'path' | 'sizeBytes'>

export interface FileSystem {
  /**
   * Walks a folder, or the single file `root` names, depth first in name order, a folder at a time. Rejects with `ROOT_OFFLINE`
   * where the root is not there or cannot be listed; everything below that goes wrong is told through `onProblem`.
   */
  walk(root: string, options?: WalkOptions): AsyncIterable<FolderListing>

  /** What the first bytes say the file is; null for a file that is no media. Rejects with the `FILE_…` codes. */
  recognise(path: string): Promise<FileFormat | null>

  /**
   * The identity hash of a file's bytes: XXH3-128 of the whole file up to 1 MiB, of size, head, tail and interior samples above.
   * 32 hexadecimal digits.
   */
  identify(path: string, sizeBytes: number): Promise<string>

  /**
   * The identities of some files, in their order, of many beside what the program does itself; null for a file that `identify` rejects. Rejects
   * with `CANCELLED`.
   */
  identifyMany(files: readonly KnownSize[], options?: {signal?: AbortSignal}): Promise<(string | null)[]>

  /** XXH3-128 of every byte, for the rare case where two identities could be a chance meeting. */
  hashWhole(path: string, options?: {signal?: AbortSignal}): Promise<string>

  /**
   * Files beside one that are named after it and end in one of these extensions (lower case, with the dot), in name order, with all they
   * hold. What cannot be read is passed over.
   */
  companions(path: string, extensions: readonly string[]): Promise<{path: string; bytes: Uint8Array}[]>

  /** Whether there is anything at this path, a file, a folder or what only root may look into. */
  exists(path: string): Promise<boolean>

  /** Size and times as they are now; null where there is no file. Follows symlinks. */
  stat(path: string): Promise<FoundFile | null>

  /**
   * Writes a file and the folders that it lies in. Resolves to false where there is something of that name, which stays as it is. Rejects with
   * `FILE_UNREADABLE` where nothing can be written, and with `DISK_FULL`.
   */
  writeNew(path: string, text: string): Promise<boolean>
}
