import type {MediaKind} from '../media.js'

/** A file of the sample library, and what a person would say it is. */
export interface Sample {
  path: string
  kind: MediaKind
  shows: string
}

/** Makes a few pictures, a video and sounds to try the program on. */
export interface SampleMaker {
  /**
   * Fills a folder, made where it is not there, and says what is in it. Samples that are there already stay as they are. Rejects with
   * `FFMPEG_MISSING` and `CANCELLED`.
   */
  make(folder: string, options: {signal: AbortSignal}): Promise<Sample[]>
}
