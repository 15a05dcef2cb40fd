import type {Calibration} from '../calibration.js'
import type {InstalledModel, ModelKind, ModelManifest, ModelOffer} from '../models.js'

export interface PullOptions {
  signal: AbortSignal
  /** Called once, before the first byte of a file is asked for. */
  onAnnounced: (offer: ModelOffer) => void
  /** `totalBytes` is null while the server has not said it. */
  onProgress: (doneBytes: number, totalBytes: number | null) => void
  /** Tries the model in a folder that is not its last one; where it rejects, nothing is installed. */
  check: (manifest: ModelManifest, folder: string) => Promise<void>
}

export interface AddOptions extends Pick<PullOptions, 'signal' | 'check'> {
  /** Another name than the folder's or the manifest's. */
  name?: string
}

/** A file of an installed model that is not what its manifest says. */
export interface FileProblem {
  path: string
  problem: string
}

/**
 * Models as data: a catalogue of those that can be pulled, and a folder of those that are there. Only one process at a time changes a model; others
 * get `MODEL_BUSY`. A model appears whole or not at all.
 */
export interface Models {
  /** Those that can be pulled, in order. */
  catalogue(): Promise<ModelManifest[]>
  /** Those that are there, in name order, and folders that hold none. */
  installed(): Promise<{models: InstalledModel[]; problems: FileProblem[]}>
  /** The one of a kind that is used, where there are several: that which was chosen last, else the first by name. Null where there is none. */
  chosen(kind: ModelKind): Promise<InstalledModel | null>
  /** Makes an installed model the one of its kind that is used. Rejects with `MODEL_MISSING`. */
  choose(name: string): Promise<void>
  /** The folder that a model is or would be in. Rejects with `USAGE` for what is no name. */
  folderOf(name: string): string
  /**
   * Downloads what is missing of a model of the catalogue and resolves to it. Rejects with `MODEL_MISSING` for unknown names, files that the server
   * does not have and, where the network may not be asked, for what is not there; with `DOWNLOAD_FAILED` where the server cannot be reached;
   * `MODEL_INVALID` where what came has another checksum; `DISK_FULL`.
   */
  pull(name: string, options: PullOptions): Promise<InstalledModel>
  /** Copies a model of a person's own, with its manifest or with one guessed from its files. Rejects with `USAGE` where it holds no model. */
  add(folder: string, options: AddOptions): Promise<InstalledModel>
  /** Reads every byte of a model and compares. Rejects with `MODEL_MISSING`. */
  verify(name: string, options: {signal: AbortSignal}): Promise<FileProblem[]>
  /** Takes a model away, or what has come of one so far. Rejects with `MODEL_MISSING` where there is neither. */
  remove(name: string): Promise<void>
  /** Models that were begun to be pulled, with what has come so far. */
  unfinished(): Promise<{name: string; sizeBytes: number}[]>
  /** Keeps in a model's manifest what its scores are worth. */
  calibrate(name: string, calibration: Calibration): Promise<void>
}
