import type {MediaKind} from './media.js'
import type {Tag} from './tags.js'

export const SEARCH_MODES = ['hybrid', 'semantic', 'lexical'] as const
export type SearchMode = (typeof SEARCH_MODES)[number]

/** What a hit must satisfy whatever its score. All given parts must hold. */
export interface SearchFilter {
  kinds?: MediaKind[]
  /** Captured at or after this ISO date or date-time; a bare year or month means its first moment. */
  after?: string
  /** Captured before this ISO date or date-time; a bare year or month means its first moment. */
  before?: string
  tags?: string[]
  withoutTags?: string[]
  /** At or below this absolute folder. */
  folder?: string
  minSizeBytes?: number
  maxSizeBytes?: number
  minDurationMs?: number
  maxDurationMs?: number
}

/** The ranked lists that search fuses. */
export type Leg = 'words' | 'speech' | 'picture' | 'text'

/** Where a hit stood in one leg: `rank` from 1, `score` in that leg's own unit (bm25, cosine). */
export interface LegScore {
  leg: Leg
  rank: number
  score: number
}

/** What search and `show` print of one content. */
export interface ContentSummary {
  contentId: number
  path: string
  /** Whether the file was there when it was last looked for. */
  state: 'present' | 'offline'
  kind: MediaKind
  capturedAt: string | null
  durationMs: number | null
  sizeBytes: number
  width: number | null
  height: number | null
  tags: Tag[]
}

export interface Hit extends ContentSummary {
  /** 0 to 1: how certain a search by meaning or by words alone is, or the share of first place in all lists of both. */
  score: number
  /** The moment of a video or a sound that matched best, and the end of the shot, or of what is heard, that it belongs to. */
  atMs: number | null
  endMs: number | null
  matchedTags: string[]
  /** Files that belong to this one: a raw file, the moving half of a live photo. */
  parts: {path: string; kind: MediaKind}[]
  legs: LegScore[]
}
