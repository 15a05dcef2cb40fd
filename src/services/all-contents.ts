import {throwIfCancelled} from '../domain/errors.js'
import type {ContentView} from '../domain/ports/library.js'
import type {Ports} from './ports.js'

const PAGE = 500

/** All contents of the library, one after the other, in the order they came. */
export async function* allContents(library: Ports['library'], signal: AbortSignal): AsyncGenerator<ContentView, void, undefined> {
  for (let after = 0; ;) {
    const ids = await library.contentIds(after, PAGE)
    for (const id of ids) {
      throwIfCancelled(signal)
      const content = await library.content(id)
      if (content !== null) yield content
    }
    const last = ids.at(-1)
    if (last === undefined) return
    after = last
  }
}
