import type {JobKind} from './jobs.js'
import type {ModelOffer} from './models.js'

/** News, never work: listeners change no data, they may only enqueue a job. Names are `noun.pastTense`. */
interface EventMap {
  /** Files of one more folder were looked at. */
  'scan.found': {root: string; files: number}
  /** A folder is watched; `polling` where it is only looked at now and then, and why. */
  'watch.started': {path: string; mode: 'events' | 'polling'; reason: string | null}
  /** A look at a watched folder found something new, or is the first one. */
  'watch.scanned': {path: string; state: 'scanned' | 'offline'} & Record<
    'files' | 'added' | 'changed' | 'moved' | 'missing',
    number
  >
  /** What a watched folder holds that cannot be looked at, told once. */
  'watch.problem': {path: string; code: string; message: string}
  /** One more file was read again from end to end; `files` counts them. */
  'file.verified': {path: string; files: number}
  'job.done': {kind: JobKind; path: string | null}
  /** A kept vector index has taken in some more. */
  'index.grown': {size: number; total: number}
  /** A model is about to be downloaded, under these terms. */
  'model.announced': ModelOffer
  /** Some more of a model has come; `totalBytes` is null while the server has not said it. */
  'model.pulled': {model: string; doneBytes: number; totalBytes: number | null}
  'job.failed': {kind: JobKind; path: string | null; code: string; message: string; final: boolean}
}

export type Event = {[Name in keyof EventMap]: {name: Name} & EventMap[Name]}[keyof EventMap]
