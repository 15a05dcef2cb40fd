/** Silero VAD version 5 judges 32 ms at a time. */
export const FRAME = 512

/** What the model remembers of a sound from frame to frame. */
export interface Memory {
  /** The last samples that it heard. */
  context: Float32Array
  state: Float32Array
}

/** What the voice detector asks of its thread: whole frames, and how likely somebody speaks in each of them. */
export interface Work {
  judge: {
    ask: {frames: Float32Array; memory: Memory | null}
    answer: {likelihoods: Float32Array; memory: Memory}
  }
}
