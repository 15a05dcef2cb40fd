/** What commands print with `--json`, as far as the tests look at it. */
export interface ScanJson {
  roots: {
    path: string
    state: string
    files: number
    added: number
    changed: number
    unchanged: number
    moved: number
    missing: number
  }[]
  work: WorkJson | null
}

/** What was done where there was nothing to do. */
export const NOTHING_DONE = {inspect: 0, frames: 0, embed: 0, tag: 0, listen: 0, transcribe: 0, describe: 0}

export interface WorkJson {
  done: typeof NOTHING_DONE
  failures: {path: string | null; kind: string; code: string; message: string}[]
  paused: boolean
}

export interface TagJson {
  name: string
  source: string
  confidence: number
  model?: string
}

export interface FileJson {
  location: {path: string; state: string; contentId: number | null}
  content: {
    identity: string
    format: {kind: string; format: string}
    facts: Record<string, unknown>
    statistics: {brightness: number; colourfulness: number; sharpness: number} | null
    locations: {path: string; state: string}[]
    keyframes: {atMs: number}[]
  } | null
  tags: TagJson[]
  detections: {label: string; score: number}[]
}

export interface HitJson {
  path: string
  kind: string
  score: number
  atMs: number | null
  matchedTags: string[]
  tags: TagJson[]
  legs: {leg: string; rank: number; score: number}[]
}

export interface ErrorJson {
  error: {code: string; message: string; hint?: string; exitCode: number}
}
