import type {JobKind} from './jobs.js'

/** News, never work: listeners change no data, they may only enqueue a job. Names are `noun.pastTense`. */
interface EventMap {
  /** Files of one more folder were looked at. */
  'scan.found': {root: string; files: number}
  /** One more file was read again from end to end; `files` counts them. */
  'file.verified': {path: string; files: number}
  'job.done': {kind: JobKind; path: string | null}
  'job.failed': {kind: JobKind; path: string | null; code: string; message: string; final: boolean}
}

export type Event = {[Name in keyof EventMap]: {name: Name} & EventMap[Name]}[keyof EventMap]
