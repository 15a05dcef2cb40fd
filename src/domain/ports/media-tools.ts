import type {FileFormat, MediaFacts, PictureRule, PictureStatistics, Pixels} from '../media.js'
import type {SmallFrame} from '../shots/look.js'

interface Cancellable {
  signal?: AbortSignal
}

/** Reads what cameras and editors wrote into photos: EXIF, GPS, IPTC, XMP. Unreadable metadata is no error: it gives `{}`. */
export interface ExifReader {
  read(path: string, options?: Cancellable): Promise<MediaFacts>
}

/** Reads ID3, Vorbis, MP4 and other tags of sound files. Rejects with `FILE_BROKEN` where the container makes no sense. */
export interface AudioTagReader {
  read(path: string, format: FileFormat, options?: Cancellable): Promise<MediaFacts>
}

/** What one look at a picture's pixels gives: its size as shown, statistics, and a WebP thumbnail. */
export interface PictureInspection {
  width: number
  height: number
  statistics: PictureStatistics
  thumbnail: Uint8Array
}

/** How a sheet of small pictures is laid out. */
export interface SheetRule {
  columns: number
  tileWidth: number
  tileHeight: number
}

/**
 * Decodes still pictures. Its methods apply the orientation, take the embedded preview of RAW files, and reject with `FILE_BROKEN`,
 * `FILE_TOO_LARGE` (a picture bomb) or `FILE_UNRECOGNISED` (a real format that this decoder lacks, so that another may try).
 */
export interface PictureDecoder {
  /** The size as shown, from the file's header: no pixel is decoded. */
  measure(path: string, format: FileFormat, options?: Cancellable): Promise<{width: number; height: number}>
  inspect(path: string, format: FileFormat, options?: Cancellable): Promise<PictureInspection>
  /** Small copies of JPEG files, cut to the tile's shape, side by side in rows, as one WebP. */
  sheet(paths: readonly string[], tiles: SheetRule, options?: Cancellable): Promise<Uint8Array>
  decode(path: string, format: FileFormat, rule: PictureRule, options?: Cancellable): Promise<Pixels>
}

/** What a container says of itself, and what is in it. */
export type Probed = MediaFacts & {hasVideo: boolean; hasAudio: boolean}

/** One stream of subtitles in a video or sound. */
export interface EmbeddedSubtitles {
  /** As the container names it: `eng`. */
  language: string | null
  /** Whether it says less or more than what is spoken: signs alone, or noises, too. */
  isVariant: boolean
  /** SubRip, in its own encoding. */
  bytes: Uint8Array
}

/** ffmpeg and ffprobe: bounded in time, without a shell, reading local files only. */
export interface VideoTools {
  /** Streams and container facts of a video or sound file. Rejects with `FILE_BROKEN`, `FILE_TIMEOUT` or `FFMPEG_MISSING`. */
  probe(path: string, options?: Cancellable): Promise<Probed>

  /** All streams of subtitles that are text and can be read. */
  subtitles(path: string, options?: Cancellable): Promise<EmbeddedSubtitles[]>

  /**
   * Every frame of a video, small and in the order shown, with its own time: decoded once, by one process, no faster than they are taken.
   * Each is valid until the next one. A broken tail ends it; rejects with `FILE_BROKEN` where not one frame can be decoded, and with
   * `FILE_TIMEOUT` or `CANCELLED`.
   */
  smallFrames(path: string, options?: Cancellable): AsyncIterable<SmallFrame>

  /**
   * Writes the frame shown at `atMs` as a JPEG of at most `maxSide` pixels to `target` (through a temporary file and a rename), rotation
   * applied. Resolves to false where there is no frame at that time.
   */
  extractFrame(path: string, atMs: number, target: string, maxSide: number, options?: Cancellable): Promise<boolean>
}

/**
 * `thumbnail` stands for the whole content, `atMs` is the still of a moment and `thumbnailAtMs` its small copy; `sprites` is the sheet of a video's
 * moments, and `sprite cues` tells where on it each one is.
 */
export type Preview = 'thumbnail' | 'sprites' | 'sprite cues' | {atMs: number} | {thumbnailAtMs: number}

/** Small derived pictures in the cache folder, by content identity. They may be deleted at any time. */
export interface PreviewStore {
  /** Where a preview of a content is, or would be. */
  pathOf(identity: string, preview: Preview): string
  has(path: string): Promise<boolean>
  /** Writes through a temporary file and a rename. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Makes the folder that will hold `path`. */
  prepare(path: string): Promise<void>
  /** Deletes all previews of a content. */
  remove(identity: string): Promise<void>
}
