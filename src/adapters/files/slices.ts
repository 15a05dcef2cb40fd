import {setImmediate as nextTurn} from 'node:timers/promises'
import {throwIfCancelled} from '../../domain/errors.js'

/** Long enough that turning the event loop costs nothing, short enough that nobody notices. */
const SLICE_MS = 15

/** Cuts synchronous work into slices, between which timers, progress and Ctrl-C get their turn. */
export class Slices {
  private beganAt = performance.now()

  constructor(private readonly signal: AbortSignal | undefined) {}

  get isOver(): boolean {
    return performance.now() - this.beganAt > SLICE_MS
  }

  /** Lets the event loop turn once. Rejects with `CANCELLED` after an abort. */
  async next(): Promise<void> {
    await nextTurn()
    throwIfCancelled(this.signal)
    this.beganAt = performance.now()
  }
}
