import {readFile, stat} from 'node:fs/promises'
import type {Sidecars} from '../../domain/ports/sidecars.js'
import type {SidecarFacts} from '../../domain/sidecars.js'
import {readTakeout} from '../../domain/takeout.js'
import {readXmp} from './xmp.js'

/** Larger than any sidecar; JSON files may be anything. */
const MAX_BYTES = 4 * 1024 * 1024

/** Reads sidecars by their names: `.json` and `.xmp`. */
export function openSidecars(): Sidecars {
  return {
    async read(path, {signal} = {}): Promise<SidecarFacts> {
      signal?.throwIfAborted()
      try {
        const stats = await stat(path)
        if (!stats.isFile() || stats.size > MAX_BYTES) return {}
        const text = await readFile(path, 'utf8')
        return /\.json$/i.test(path) ? readTakeout(JSON.parse(text)) : readXmp(text)
      } catch {
        // A sidecar that cannot be read is no reason to refuse the picture beside it.
        return {}
      }
    },
  }
}
