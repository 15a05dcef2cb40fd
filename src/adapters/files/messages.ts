import type {KnownSize} from '../../domain/ports/files.js'

/** What is asked of the thread that reads files. */
export interface Work {
  identify: {ask: KnownSize[]; answer: (string | null)[]}
}
