import type {JobKind} from './jobs.js'

/** News, never work: listeners change no data, they may only enqueue a job. Names are `noun.pastTense`. */
interface EventMap {
  /** Files of one more folder were looked at. */
  'scan.found': {root: string; files: number}
  'job.done': {kind: JobKind; path: string | null}
  /** A kept vector index has taken in some more. */
  'index.grown': {size: number; total: number}
  'job.failed': {kind: JobKind; path: string | null; code: string; message: string; final: boolean}
}

export type Event = {[Name in keyof EventMap]: {name: Name} & EventMap[Name]}[keyof EventMap]
