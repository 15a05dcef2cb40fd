import type {FileFormat, MediaKind} from '../../domain/media.js'

/** A method of the library before it is made asynchronous: SQLite answers at once. */
export type Sync<T> = {
  [K in keyof T]: T[K] extends (...args: infer Args) => Promise<infer Result> ? (...args: Args) => Result : never
}

export function now(): string {
  return new Date().toISOString()
}

/** `?, ?, ?` for an IN list. */
export function placeholders(count: number): string {
  return Array.from({length: count}, () => '?').join(', ')
}

/**
 * SQL and parameters for "at or below this folder": the folder itself, or a path between `folder/` and `folder0`, the character after
 * the slash, which an index on the path can answer.
 */
export function underFolder(column: string, folder: string): {sql: string; params: string[]} {
  const base = folder.endsWith('/') ? folder.slice(0, -1) : folder
  return {sql: `(${column} = ? OR (${column} >= ? AND ${column} < ?))`, params: [folder, `${base}/`, `${base}0`]}
}

/** The folder and the name, joined as the file system does. */
export function joinPath(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`
}

export function formatOf(row: {kind: string | null; format: string | null; mime: string | null}): FileFormat | null {
  if (row.kind === null) return null
  return {kind: row.kind as MediaKind, format: row.format ?? '', mime: row.mime ?? ''}
}

/** A vector's bytes, and back. The copy is needed: SQLite's buffers are not aligned for floats. */
export function toBlob(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
}

export function fromBlob(blob: Buffer): Float32Array {
  return new Float32Array(blob.buffer.slice(blob.byteOffset, blob.byteOffset + blob.byteLength) as ArrayBuffer)
}
