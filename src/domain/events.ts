import type {JobKind} from './jobs.js'
import type {Tag} from './tags.js'

/** News, never work: listeners change no data, they may only enqueue a job. Names are `noun.pastTense`. */
export interface EventMap {
  'scan.found': {root: string; files: number}
  'scan.finished': {root: string; files: number; added: number; changed: number; missing: number}
  'file.failed': {path: string; code: string; message: string}
  'job.done': {kind: JobKind; subject: number; path: string | null}
  'job.failed': {kind: JobKind; subject: number; path: string | null; code: string; message: string; final: boolean}
  'content.added': {contentId: number; path: string}
  'tag.added': {contentId: number; tags: Tag[]}
}

export type EventName = keyof EventMap
export type Event = {[Name in EventName]: {name: Name} & EventMap[Name]}[EventName]
