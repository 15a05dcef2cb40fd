import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import {fileURLToPath} from 'node:url'
import {messageOf} from '../../domain/errors.js'

/** A C++ addon, or why there is none. */
export type Opened<Addon> = {addon: Addon; path: string} | {addon: null; reason: string}

/** Opens the addon of a folder in `native/`: the prebuilt one of a published package, else the one that was built here. */
export function openAddon<Addon>(name: string): Opened<Addon> {
  const places = [`prebuilds/${process.platform}-${process.arch}/${name}.node`, `build/Release/${name}.node`]
  let reason = 'it was not built'
  for (const place of places) {
    const path = fileURLToPath(new URL(`../../../native/${name}/${place}`, import.meta.url))
    if (!existsSync(path)) continue
    try {
      return {addon: createRequire(import.meta.url)(path) as Addon, path}
    } catch (error) {
      // A prebuilt addon may not fit this C library; the one built on this machine does.
      reason = `it does not load: ${messageOf(error)}`
    }
  }
  return {addon: null, reason}
}
