import {fingerprint} from '../../domain/fingerprint.js'
import type {Document} from './manifest.js'

/** What of a manifest says how vectors come about. */
const SHAPING = ['dimension', 'image', 'text'] as const

/**
 * A manifest as it is installed: what turns pictures into vectors names their space by itself, where its maker has not named it, so that vectors of
 * another model that comes under the same name are never compared with them. Of `before`, the one that is replaced, the space and what was fitted to it
 * stay where it is the same model.
 */
export function withSpace(document: Document, before: Document | null): Document {
  if (document.kind !== 'dual-encoder') return document
  const print = printOf(document)
  if (before !== null && printOf(before) === print) {
    const {space, calibration} = before
    return {...document, ...(space === undefined ? {} : {space}), ...(calibration === undefined ? {} : {calibration})}
  }
  return typeof document.space === 'string' ? document : {...document, space: `${document.name.slice(0, 40)}-${print}`}
}

function printOf({files, ...document}: Document): string {
  const hashes = files.map(({path, sha256}) => [path, sha256])
  return fingerprint(JSON.stringify([hashes, SHAPING.map(key => document[key])]))
}
