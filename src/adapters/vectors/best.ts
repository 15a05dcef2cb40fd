import type {Neighbour} from '../../domain/ports/vector-index.js'

/** The `limit` neighbours with the highest similarity out of all that were offered: a bounded min-heap, so each offer costs O(log limit). */
export class BestNeighbours {
  readonly #heap: Neighbour[] = []
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  offer(id: number, similarity: number): void {
    const heap = this.#heap
    if (heap.length < this.#limit) {
      heap.push({id, similarity})
      this.#rise(heap.length - 1)
    } else if (this.#limit > 0 && similarity > this.#at(0).similarity) {
      heap[0] = {id, similarity}
      this.#sink()
    }
  }

  /** In falling similarity; equal ones in id order. */
  sorted(): Neighbour[] {
    return [...this.#heap].sort((a, b) => b.similarity - a.similarity || a.id - b.id)
  }

  #at(i: number): Neighbour {
    return this.#heap[i] as Neighbour
  }

  #swap(i: number, j: number): void {
    const kept = this.#at(i)
    this.#heap[i] = this.#at(j)
    this.#heap[j] = kept
  }

  #rise(from: number): void {
    for (let i = from; i > 0;) {
      const parent = (i - 1) >> 1
      if (this.#at(parent).similarity <= this.#at(i).similarity) return
      this.#swap(i, parent)
      i = parent
    }
  }

  #sink(): void {
    const heap = this.#heap
    for (let i = 0; ;) {
      const left = 2 * i + 1
      if (left >= heap.length) return
      const right = left + 1
      const least = right < heap.length && this.#at(right).similarity < this.#at(left).similarity ? right : left
      if (this.#at(i).similarity <= this.#at(least).similarity) return
      this.#swap(i, least)
      i = least
    }
  }
}
