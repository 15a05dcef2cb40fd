import type {Sound} from './sound.js'

/** What a Whisper model listens to at once. */
const MOST_MS = 29_000
/** Stretches of speech this near belong to one piece. */
const GAP_MS = 1500

/** The stretches in which somebody speaks, joined and cut to what a model of speech listens to at once. */
export function speechPieces(sounds: readonly Sound[]): {startMs: number; endMs: number}[] {
  const pieces: {startMs: number; endMs: number}[] = []
  for (const {kind, startMs, endMs} of sounds) {
    if (kind !== 'speech') continue
    const last = pieces.at(-1)
    if (last !== undefined && startMs - last.endMs <= GAP_MS && endMs - last.startMs <= MOST_MS) last.endMs = endMs
    else
      for (let from = startMs; from < endMs; from += MOST_MS) pieces.push({startMs: from, endMs: Math.min(endMs, from + MOST_MS)})
  }
  return pieces
}
