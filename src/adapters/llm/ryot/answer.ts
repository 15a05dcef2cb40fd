/** A text as it is written, and told to somebody who may fail. */
export class Answer {
  text = ''
  private thrown: {error: unknown} | undefined

  constructor(private readonly onToken: ((text: string) => void) | undefined) {}

  /** False once telling has failed. */
  tell(piece: string): boolean {
    if (piece === '' || this.thrown !== undefined) return this.thrown === undefined
    this.text += piece
    try {
      this.onToken?.(piece)
    } catch (error) {
      this.thrown = {error}
    }
    return this.thrown === undefined
  }

  rethrow(): void {
    if (this.thrown !== undefined) throw this.thrown.error
  }
}
