/** One neighbour: the vector's id and its inner product with the query. */
export interface Neighbour {
  id: number
  similarity: number
}

/** Vectors by id, contiguous: `data` holds `ids.length` rows of the space's dimension. */
export interface VectorBatch {
  ids: Int32Array
  data: Float32Array
}

/**
 * Nearest neighbours by inner product over unit vectors. A cache: it can be deleted at any time and is filled from the library.
 */
export interface VectorIndex extends AsyncDisposable {
  readonly dimension: number
  /** Whether it is kept between runs: filling it is then work for a scan, not for a search. */
  readonly kept: boolean
  /** How many vectors it holds. */
  readonly size: number
  /** The highest id it holds, 0 when empty: what it must take in next lies above. */
  readonly mark: number
  add(batch: VectorBatch, options?: {signal?: AbortSignal}): Promise<void>
  /** The `limit` best in falling similarity, among those that `accept` lets pass. */
  search(
    query: Float32Array,
    limit: number,
    options?: {accept?: (id: number) => boolean; signal?: AbortSignal},
  ): Promise<Neighbour[]>
  /** Keeps what it holds for the next run; a no-op for an index that lives in memory. Temporary file, fsync, rename. */
  save(): Promise<void>
}

export interface VectorIndexConfig {
  dimension: number
  /** Where this index may keep itself. A file that does not fit is ignored and rebuilt. */
  path: string
  /** How many vectors are expected. */
  capacity: number
  /** The highest id there is: an index that holds higher ones is of another state of the library, and ignored. */
  maxId: number
}
