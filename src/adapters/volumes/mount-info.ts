/** One line of `/proc/self/mountinfo`, as far as it is of use here. */
export interface Mount {
  /** What of the file system is mounted: `/`, or a folder of it for a bind mount or a subvolume. */
  top: string
  mountPoint: string
  type: string
  /** The device for a file system of a disk; anything for others. */
  source: string
}

/** Reads the whole file (proc_pid_mountinfo(5)): later lines lie over earlier ones. Lines of another form are passed over. */
export function parseMountInfo(text: string): Mount[] {
  return text.split('\n').flatMap(line => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , top, mountPoint] = before.split(' ')
    const [type, source] = after.split(' ')
    if (top === undefined || mountPoint === undefined || type === undefined || source === undefined) return []
    return [{top: unescaped(top), mountPoint: unescaped(mountPoint), type, source: unescaped(source)}]
  })
}

/** Blanks and backslashes are written as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
}

/** The mount that a path is on: the deepest one, and of those at the same place the last. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let found: Mount | undefined
  for (const mount of mounts) {
    const base = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`
    if (path !== mount.mountPoint && !path.startsWith(base)) continue
    if (found === undefined || mount.mountPoint.length >= found.mountPoint.length) found = mount
  }
  return found
}

/** The path within the mounted file system. */
export function pathWithin({top, mountPoint}: Mount, path: string): string {
  const below = path.slice(mountPoint === '/' ? 0 : mountPoint.length)
  const whole = `${top === '/' ? '' : top}${below === '/' ? '' : below}`
  return whole === '' ? '/' : whole
}
