/** What one file may cost. */
export interface ToolLimits {
  /** How long ffprobe may look at it. */
  probeMs: number
  /** How long one frame may take. */
  frameMs: number
  /** Subtitles lie all over a file, which has to be read from end to end. */
  subtitlesMs: number
  /** How long decoding may give nothing: hours of film take minutes, and what gives nothing for a minute gives nothing at all. */
  stallMs: number
  decodeMs: number
  /** Decoding 8K film with all that it refers to takes half of it. What takes more was made to, or is broken. */
  memoryBytes: number
}

export const TOOL_LIMITS: ToolLimits = {
  probeMs: 30_000,
  frameMs: 60_000,
  subtitlesMs: 600_000,
  stallMs: 60_000,
  decodeMs: 6 * 3_600_000,
  memoryBytes: 3_000_000_000,
}
