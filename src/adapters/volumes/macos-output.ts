/** Where the volume with the user's files is mounted; firmlinks (`/Users`, `/Volumes`, …) show its folders in the system's own, under the same path. */
const DATA_VOLUME = '/System/Volumes/Data'

/**
 * The mount point in what `df -P PATH` prints: a line of heads, and one of which only the numbers can be told by their form, since the source
 * (`//me@nas/my photos`, `map auto_home`) and the mount point may hold blanks. Null in what has another form.
 */
export function mountPointInDf(text: string): string | null {
  const [, line = '', ...more] = text.split('\n').filter(line => line !== '')
  if (more.length > 0) return null
  return /^.+?\s+\d+\s+\d+\s+-?\d+\s+\d+%\s+(\/.*)$/.exec(line)?.[1] ?? null
}

/** The path within a volume, `/` for its top; null where the path is elsewhere. */
export function pathOnVolume(mountPoint: string, path: string): string | null {
  if (mountPoint === '/') return path
  if (path === mountPoint) return '/'
  if (path.startsWith(`${mountPoint}/`)) return path.slice(mountPoint.length)
  return mountPoint === DATA_VOLUME ? path : null
}

/**
 * The type and the options of a mount point in what mount(8) prints, a line like `/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)`
 * each; of those at the same place the last. Null where it is not among them.
 */
export function mountOptions(text: string, mountPoint: string): string[] | null {
  let found: string[] | null = null
  for (const line of text.split('\n')) {
    const [, before = '', options = ''] = /^(.*) \(([^()]*)\)$/.exec(line) ?? []
    if (before.endsWith(` on ${mountPoint}`)) found = options.split(', ')
  }
  return found
}

/** The text under a key of a property list in XML. The ids and names that are asked for need no entities. */
export function plistString(plist: string, key: string): string | null {
  return new RegExp(`<key>${key}</key>\\s*<string>([^<]+)</string>`).exec(plist)?.[1] ?? null
}
