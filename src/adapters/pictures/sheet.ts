import type {SheetRule} from '../../domain/ports/media-tools.js'

const CHANNELS = 3

/**
 * Interleaved RGB pixels of a sheet that small pictures are laid on, row by row. libvips could do it, but takes every one of hundreds for a layer of
 * its own, with buffers of its own: a hundred megabytes for what are seventeen.
 */
export class Sheet {
  readonly data: Uint8Array
  readonly shape: {width: number; height: number; channels: typeof CHANNELS}
  readonly #rule: SheetRule
  #laid = 0

  constructor(rule: SheetRule, tiles: number) {
    const width = Math.min(rule.columns, tiles) * rule.tileWidth
    const height = Math.ceil(tiles / rule.columns) * rule.tileHeight
    this.shape = {width, height, channels: CHANNELS}
    this.data = new Uint8Array(width * height * CHANNELS)
    this.#rule = rule
  }

  /** Puts the pixels of the next tile into its place. */
  lay(tile: Uint8Array): void {
    const {columns, tileWidth, tileHeight} = this.#rule
    const left = (this.#laid % columns) * tileWidth
    const top = Math.floor(this.#laid / columns) * tileHeight
    const rowBytes = tileWidth * CHANNELS
    for (let y = 0; y < tileHeight; y++) {
      const row = tile.subarray(y * rowBytes, (y + 1) * rowBytes)
      this.data.set(row, ((top + y) * this.shape.width + left) * CHANNELS)
    }
    this.#laid++
  }
}
