import type {ModelKind} from '../domain/models.js'
import type {Captioner} from '../domain/ports/captioner.js'
import type {Embedder} from '../domain/ports/embedder.js'
import type {FileSystem} from '../domain/ports/files.js'
import type {Host, Places} from '../domain/ports/host.js'
import type {Library} from '../domain/ports/library.js'
import type {AudioTagReader, ExifReader, PictureDecoder, PreviewStore, VideoTools} from '../domain/ports/media-tools.js'
import type {Models} from '../domain/ports/models.js'
import type {SoundClassifier, SoundTools, VoiceDetector} from '../domain/ports/listening.js'
import type {SampleMaker} from '../domain/ports/samples.js'
import type {Background, Settings} from '../domain/ports/settings.js'
import type {Sidecars} from '../domain/ports/sidecars.js'
import type {Transcriber} from '../domain/ports/transcriber.js'
import type {VectorIndex, VectorIndexConfig} from '../domain/ports/vector-index.js'
import type {LabelVectors, Vocabularies} from '../domain/ports/vocabulary.js'
import type {Volumes} from '../domain/ports/volumes.js'
import type {Watcher} from '../domain/ports/watcher.js'
import type {Bus} from './bus.js'

/** What a person allows the work to take. */
export interface Limits {
  /** Keyframes of long videos; short ones may have some all the same. */
  keyframesPerHour: number
}

/** Everything a use case may ask for. A service names the part it needs: `Pick<Ports, 'library' | 'files'>`. */
export interface Ports {
  library: Library
  files: FileSystem
  sidecars: Sidecars
  exif: ExifReader
  audioTags: AudioTagReader
  video: VideoTools
  soundTools: SoundTools
  pictures: PictureDecoder
  previews: PreviewStore
  places: Places
  host: Host
  samples: SampleMaker
  watcher: Watcher
  volumes: Volumes
  bus: Bus
  models: Models
  settings: Settings
  background: Background
  vocabulary: Vocabularies
  labelVectors: LabelVectors
  /** The embedder of the model that is chosen now: another one once `models use` was run, here or elsewhere. */
  embedder: () => Promise<Embedder>
  /** The embedder of a model: `starter`, one of the folder of models, or a folder. Rejects like opening it does. */
  embedderOfModel: (model: string) => Promise<Embedder>
  /** The embedder that made a space, where its model is still here. */
  embedderOfSpace: (space: string) => Promise<Embedder | null>
  /** Lets a model in a folder work once, where something runs its kind: a wrong size, name or file is told then, and not in the middle of a library. */
  tryModel: (kind: ModelKind, folder: string, options: {signal: AbortSignal}) => Promise<void>
  limits: Limits
  /** The classifier of sounds in the folder of models; null where there is none. */
  soundClassifier: () => Promise<SoundClassifier | null>
  voiceDetector: () => Promise<VoiceDetector>
  /** The model of the folder of models that writes down speech; null where there is none. */
  transcriber: () => Promise<Transcriber | null>
  /** The model that describes pictures: the configured one, else the one of the folder of models that is used; null where there is none. */
  captioner: () => Promise<Captioner | null>
  /** Opens the index that suits this many vectors; `inMemory`: one that is not kept, whatever their number. */
  vectorIndex: (config: Omit<VectorIndexConfig, 'path'> & {name: string; inMemory?: boolean}) => Promise<VectorIndex>
  /** Deletes the kept indexes of a library whose names are none of these. */
  sweepIndexes: (libraryId: string, keep: readonly string[]) => Promise<void>
}
