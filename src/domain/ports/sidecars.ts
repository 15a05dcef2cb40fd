import type {SidecarFacts} from '../sidecars.js'

/** What this program has to say in a sidecar. Tags are normalised. */
export interface SidecarContent {
  manualTags: string[]
  otherTags: string[]
  people: string[]
  /** What a person or a camera said. */
  description?: string
  /** What a model saw: it stands for a description until somebody gives one, or a model says it better. */
  caption?: string
  /** Stars, 1 to 5. */
  rating?: number
}

/** The small files that other programs put beside media: XMP, and the JSON of Google Takeout. */
export interface Sidecars {
  /** What a sidecar says. One that is gone, broken or something else says nothing: `{}`. */
  read(path: string, options?: {signal?: AbortSignal}): Promise<SidecarFacts>

  /**
   * Writes an XMP sidecar through a temporary file and a rename. What is there, or else in `template`, is kept and ours added. Resolves to
   * false where nothing is to change. Rejects with `FILE_BROKEN` where the sidecar makes no sense, which is then left alone, and with
   * `FILE_UNREADABLE` where nothing can be read or written there. `dryRun`: only says what it would do.
   */
  write(path: string, content: SidecarContent, options: {template?: string; dryRun: boolean}): Promise<boolean>
}
