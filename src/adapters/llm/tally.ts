import type {ModelStats} from '../../domain/ports/language-model.js'

type Counts = Pick<ModelStats, 'tokensRead' | 'tokensWritten' | 'tokensReadPerSecond' | 'tokensWrittenPerSecond'>

/** What a model has read and written so far, and how fast. */
export class Tally {
  private tokensRead = 0
  private tokensWritten = 0
  private readingSeconds = 0
  private writingSeconds = 0

  add(work: {tokensRead: number; tokensWritten?: number; readingSeconds: number; writingSeconds?: number}): void {
    this.tokensRead += work.tokensRead
    this.tokensWritten += work.tokensWritten ?? 0
    this.readingSeconds += work.readingSeconds
    this.writingSeconds += work.writingSeconds ?? 0
  }

  counts(): Counts {
    const rate = (tokens: number, seconds: number): number | null => (seconds > 0 ? tokens / seconds : null)
    return {
      tokensRead: this.tokensRead,
      tokensWritten: this.tokensWritten,
      tokensReadPerSecond: rate(this.tokensRead, this.readingSeconds),
      tokensWrittenPerSecond: rate(this.tokensWritten, this.writingSeconds),
    }
  }
}
