import type {SidecarFacts} from '../sidecars.js'

/** The small files that other programs put beside media: XMP, and the JSON of Google Takeout. */
export interface Sidecars {
  /** What a sidecar says. One that is gone, broken or something else says nothing: `{}`. */
  read(path: string, options?: {signal?: AbortSignal}): Promise<SidecarFacts>
}
