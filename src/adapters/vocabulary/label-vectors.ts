import {createHash, randomUUID} from 'node:crypto'
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {LabelVectors} from '../../domain/ports/vocabulary.js'

/** Files of bare floats below `<cacheDir>/labels`, one a key. A cache that cannot be written is one that is not kept. */
export function openLabelVectors(cacheDir: string): LabelVectors {
  const folder = join(cacheDir, 'labels')
  const pathOf = (key: string): string => join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.f32`)
  return {
    async load(key, count, dimension) {
      const bytes = await readFile(pathOf(key)).catch(() => null)
      if (bytes?.length !== count * dimension * 4) return null
      const floats = new Float32Array(new Uint8Array(bytes).buffer)
      return Array.from({length: count}, (_, i) => floats.subarray(i * dimension, (i + 1) * dimension))
    },

    async save(key, vectors) {
      const temporary = `${pathOf(key)}.${randomUUID()}.tmp`
      try {
        await mkdir(folder, {recursive: true})
        await writeFile(
          temporary,
          Buffer.concat(vectors.map(({buffer, byteOffset, byteLength}) => Buffer.from(buffer, byteOffset, byteLength))),
        )
        await rename(temporary, pathOf(key))
      } catch {
        await rm(temporary, {force: true}).catch(() => undefined)
      }
    },
  }
}
