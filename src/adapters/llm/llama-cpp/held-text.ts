/** Text on its way out: what could be the start of a stop text is held back until it is known. */
export class HeldText {
  private held = ''
  stopped = false

  private readonly stops: readonly string[]

  constructor(stops: readonly string[]) {
    this.stops = stops.filter(stop => stop !== '')
  }

  /** What may be told after this piece: all that lies in front of a stop text, or of what could become one. */
  add(piece: string): string {
    if (this.stopped) return ''
    this.held += piece
    const ends = this.stops.map(stop => this.held.indexOf(stop)).filter(at => at >= 0)
    this.stopped = ends.length > 0
    const told = this.held.slice(0, this.stopped ? Math.min(...ends) : this.held.length - this.longestStart())
    this.held = this.stopped ? '' : this.held.slice(told.length)
    return told
  }

  /** What was held back, when nothing follows any more. */
  rest(): string {
    return this.held
  }

  /** How many letters at the end are the start of a stop text. */
  private longestStart(): number {
    return this.stops.reduce((longest, stop) => {
      for (let length = Math.min(stop.length - 1, this.held.length); length > longest; length--) {
        if (this.held.endsWith(stop.slice(0, length))) return length
      }
      return longest
    }, 0)
  }
}
