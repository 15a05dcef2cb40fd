import type {CaptureTime, GeoPoint} from './media.js'

/** What the files that stand beside a media file say about it. A field is absent where none of them says anything. */
export interface SidecarFacts {
  captured?: CaptureTime
  location?: GeoPoint
  title?: string
  description?: string
  /** Words of other programs and people. */
  keywords?: string[]
  /** Names of the people in it, as they are written. */
  people?: string[]
  /** Stars, 1 to 5. */
  rating?: number
  /** Tags that this program wrote out: those a person gave, and all others. */
  exported?: {manual: string[]; others: string[]}
  /** What a model saw, as this program wrote it out; once a person has changed it, it is a description. */
  exportedCaption?: string
}

/** Whether a file of this name says something about another one. */
export function isSidecarName(name: string): boolean {
  return /\.(?:json|xmp)$/i.test(name)
}

/** What editing programs append to the name of a copy; its sidecar is that of the original. */
const EDITED =
  /[-_ ](?:edited|bearbeitet|modifié|editado|editada|modificato|bewerkt|edytowane|muokattu|redigerad|ha editado|編集済み)$/u
const RAW = /\.(?:arw|cr2|cr3|crw|dng|erf|iiq|kdc|mrw|nef|nrw|orf|pef|raf|raw|rw2|sr2|srf|srw|x3f)$/i
/** The moving half of a live photo has no sidecar of its own. */
const MOVING = /\.(?:mov|mp4|mp)$/i
/** Google Takeout cuts the names of its sidecars to this many characters before `.json`. */
const TAKEOUT_LENGTH = 46
const TAKEOUT_SUFFIX = '.supplemental-metadata'

/**
 * Which files of a folder are the sidecars of which: `a.jpg.xmp`, `a.xmp`, and the JSON of Google Takeout, whose names are cut and
 * numbered in their own way. `names` are all names of one folder; files without a sidecar are left out.
 */
export function pairSidecars(names: readonly string[]): Map<string, string[]> {
  const sidecars = new Map(names.filter(isSidecarName).map(name => [name.toLowerCase(), name]))
  const pairs = new Map<string, string[]>()
  if (sidecars.size === 0) return pairs
  const media = names.filter(name => !isSidecarName(name))
  const byStem = new Map<string, string[]>()
  for (const name of media) byStem.set(stemOf(name), [...(byStem.get(stemOf(name)) ?? []), name])

  for (const name of media) {
    const family = byStem.get(stemOf(name)) ?? []
    const found = [...xmpNames(name, family), takeoutOf(name, family, sidecars)]
      .map(candidate => sidecars.get(candidate?.toLowerCase() ?? ''))
      .filter(sidecar => sidecar !== undefined)
    if (found.length > 0) pairs.set(name, found)
  }
  return pairs
}

/**
 * The one file that may write into each XMP of a folder, by the file's name; the others that read it write into one of their own, since two that wrote into
 * one would each take out what the other says. A whole name goes before a stem, and a still before what moves.
 */
export function xmpOwners(pairs: readonly {name: string; sidecars: readonly string[]}[]): Map<string, string> {
  const owned = new Map<string, string>()
  const taken = new Set<string>()
  const own = (name: string, sidecar: string | undefined): void => {
    if (sidecar === undefined || owned.has(name)) return
    owned.set(name, sidecar)
    taken.add(sidecar)
  }
  const xmps = pairs.map(({name, sidecars}) => ({name, sidecars: sidecars.filter(sidecar => /\.xmp$/i.test(sidecar))}))
  for (const {name, sidecars} of xmps) {
    own(
      name,
      sidecars.find(sidecar => sidecar.toLowerCase() === `${name}.xmp`.toLowerCase()),
    )
  }
  const stillsFirst = xmps.sort((a, b) => Number(MOVING.test(a.name)) - Number(MOVING.test(b.name)) || (a.name < b.name ? -1 : 1))
  for (const {name, sidecars} of stillsFirst) {
    own(
      name,
      sidecars.find(sidecar => !taken.has(sidecar)),
    )
  }
  return owned
}

/** A short `a.xmp` is the raw file's where there is one, or else belongs to all that go by this name. */
function xmpNames(name: string, family: readonly string[]): string[] {
  const isShared = RAW.test(name) || !family.some(other => RAW.test(other))
  return isShared ? [`${name}.xmp`, `${stemOf(name)}.xmp`] : [`${name}.xmp`]
}

function takeoutOf(name: string, family: readonly string[], sidecars: ReadonlyMap<string, string>): string | undefined {
  const extension = name.slice(stemOf(name).length)
  const original = stemOf(name).replace(EDITED, '') + extension
  const others = MOVING.test(name) ? family.filter(other => other !== name) : []
  return [name, original, ...others].flatMap(takeoutNames).find(candidate => sidecars.has(candidate.toLowerCase()))
}

/** What Takeout may call the sidecar of a file, the likeliest first. The number of `a(1).jpg` goes behind all but `.json`. */
function takeoutNames(name: string): string[] {
  const [, stem, number, extension] = /^(.*)(\(\d+\))(\.[^.]*)$/u.exec(name) ?? []
  const keys: [string, string][] = [[name, '']]
  if (stem !== undefined && number !== undefined && extension !== undefined) keys.push([stem + extension, number])
  return keys.flatMap(([key, suffix]) => {
    const full = key + TAKEOUT_SUFFIX
    const whole = [key, full]
    // Cut anywhere within the suffix, or within the name itself.
    for (let length = full.length - 1; length > key.length; length--) whole.push(full.slice(0, length))
    if (key.length > TAKEOUT_LENGTH) whole.push(key.slice(0, TAKEOUT_LENGTH))
    return whole.map(text => `${text}${suffix}.json`)
  })
}

function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, '')
}
