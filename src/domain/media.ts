/** What a file is to a person. Everything else in a folder is not media and only remembered as seen. */
export const MEDIA_KINDS = ['photo', 'video', 'audio'] as const
export type MediaKind = (typeof MEDIA_KINDS)[number]

/** What the first bytes of a file say it is. */
export interface FileFormat {
  kind: MediaKind
  /** Short lower-case name: `jpeg`, `heic`, `nef`, `mp4`, `flac`. */
  format: string
  mime: string
}

/** One file as the walk sees it. */
export interface FoundFile {
  path: string
  sizeBytes: number
  mtimeMs: number
  inode: number
}

/**
 * How a capture time is known, the most trustworthy first: what the camera wrote into EXIF or the container, the tags of a sound file, a
 * sidecar, the file's name, its folders' names, the time of its last edit in EXIF, the time of the file.
 */
export const CAPTURE_SOURCES = ['exif', 'container', 'tags', 'sidecar', 'name', 'folder', 'edit', 'mtime'] as const

/** When a picture was taken or a recording made, and how that is known. */
export interface CaptureTime {
  /** ISO 8601, as exact as it is known; local time without a zone where nothing names one: `2019-02-03T14:05:06`, `2019-06`. */
  at: string
  source: (typeof CAPTURE_SOURCES)[number]
}

export interface GeoPoint {
  latitude: number
  longitude: number
  altitudeM?: number
}

/** What the metadata readers found out about one file. A field is absent where the file does not say. */
export interface MediaFacts {
  /** Size as shown, with the orientation applied. */
  width?: number
  height?: number
  durationMs?: number
  captured?: CaptureTime
  /** EXIF orientation 1 to 8. */
  orientation?: number
  location?: GeoPoint
  cameraMake?: string
  cameraModel?: string
  lens?: string
  iso?: number
  fNumber?: number
  exposureSeconds?: number
  focalLengthMm?: number
  flashFired?: boolean
  software?: string
  videoCodec?: string
  audioCodec?: string
  frameRate?: number
  rotationDegrees?: number
  bitRate?: number
  audioChannels?: number
  sampleRateHz?: number
  title?: string
  artist?: string
  album?: string
  genre?: string
  year?: number
  description?: string
  /** The same in both halves of a live photo. */
  livePhotoId?: string
  /** The same in all pictures of a burst. */
  burstId?: string
  /** The one that the camera chose of a burst. */
  isBurstCover?: boolean
  /** A sound file with a picture on it, as albums have. */
  hasCover?: boolean
  /** A format that nothing on this machine can decode: the file is known by its name and metadata alone. */
  noDecoder?: string
  /** Words the file's author already gave it (IPTC keywords, dc:subject). */
  keywords?: string[]
  /** Names of the people in it, as somebody wrote them. */
  people?: string[]
  /** Stars that a person gave, 1 to 5. */
  rating?: number
  /** Machine tags that this program once wrote into a sidecar. */
  exportedTags?: string[]
  /** What a model once saw, from a sidecar that this program wrote. */
  exportedCaption?: string
}

/** What the pixels of a picture say before any model has looked. */
export interface PictureStatistics {
  /** Mean luminance, 0 black to 1 white. */
  brightness: number
  /** Mean chroma, 0 for a black-and-white picture. */
  colourfulness: number
  /** Variance of the Laplacian at a fixed small size; low means blurred. */
  sharpness: number
}

/** One decoded picture: interleaved 8-bit RGB, `width * height * 3` bytes, orientation applied. */
export interface Pixels {
  width: number
  height: number
  data: Uint8Array
}

/** How an embedder wants its pictures resized. */
export interface PictureRule {
  width: number
  height: number
  /** `fill` stretches, `cover` crops the centre, `contain` pads with `background`. */
  fit: 'fill' | 'cover' | 'contain'
  /**
   * What `cover` does with the longer side where it is no whole number of pixels: `down` cuts it short, as torchvision and transformers do, else it is
   * rounded to the nearest. The middle moves by half a pixel, and a vector by up to 0.02 in cosine.
   */
  rounding?: 'down' | undefined
  /** How pixels are weighted where a picture is made smaller; `lanczos3` where nothing is said. */
  kernel?: 'linear' | 'cubic' | 'lanczos3'
  background?: readonly [number, number, number]
  /** What is cut out of the middle afterwards. */
  crop?: {width: number; height: number}
}

/** Up to this size a file's identity is the hash of all its bytes; above, of samples. */
export const WHOLE_BYTES = 1024 * 1024

/** A file that nobody has written to for this long is complete. */
export const AT_REST_MS = 60_000

/** The longest side of a kept still, in pixels: enough for every model and for a preview. */
export const STILL_SIDE = 640

/** How a shot begins. */
export const TRANSITIONS = ['start', 'cut', 'dissolve', 'fade'] as const
export type Transition = (typeof TRANSITIONS)[number]

/** What a camera took in one go. */
export interface Shot {
  ordinal: number
  startMs: number
  endMs: number
  transition: Transition
  /** How much of the picture changes in a second: 0 for a still. */
  motion: number
}

/** A moment of a video that stands for the frames around it. */
export interface Keyframe {
  ordinal: number
  atMs: number
}

/** A thing a detector saw, `box` in fractions of the picture: left, top, right, bottom. */
export interface Detection {
  label: string
  score: number
  box: readonly [number, number, number, number]
}
