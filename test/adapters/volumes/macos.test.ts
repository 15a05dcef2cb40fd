import {mkdir, mkdtemp, realpath, rm, symlink} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openMacVolumes} from '../../../dist/adapters/volumes/macos.js'

// No Mac runs these tests. What the commands print is shaped as people recorded it on macOS 10.15 to 15; ids and names are made up.
const DATA = '0C0FFEE0-1111-4222-8333-44445555AAAA'
const EXFAT = '1DECADE5-2222-3333-9444-55556666BBBB'
const ARCHIVE = '2BADCAFE-3333-4444-A555-66667777CCCC'

const MOUNTS = `/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
/dev/disk3s6 on /System/Volumes/VM (apfs, local, noexec, journaled, noatime, nobrowse)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse, protect, root data)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
/dev/disk4s1 on /Volumes/Old pictures (2009) (exfat, local, nodev, nosuid, noowners, noatime, fskit)
/dev/disk3s7 on /Volumes/Archive (apfs, local, nodev, nosuid, journaled, noowners)
//eva@nas._smb._tcp.local/Family%20photos on /Volumes/Family photos (smbfs, nodev, nosuid, mounted by eva)
ntfs://disk6s1/Untitled on /Volumes/Untitled (lifs, local, nodev, nosuid, read-only, noowners, noatime)
`

const VOLUMES: Record<string, string> = {
  '/System/Volumes/Data': DATA,
  '/Volumes/Old pictures (2009)': EXFAT,
  '/Volumes/Archive': ARCHIVE,
}

const plist = (mountPoint: string, id: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
\t<key>APFSPhysicalStores</key>
\t<array>
\t\t<dict>
\t\t\t<key>APFSPhysicalStore</key>
\t\t\t<string>disk0s2</string>
\t\t</dict>
\t</array>
\t<key>DiskUUID</key>
\t<string>FFFFFFFF-0000-4000-8000-000000000000</string>
\t<key>FilesystemType</key>
\t<string>apfs</string>
\t<key>MountPoint</key>
\t<string>${mountPoint}</string>
\t<key>VolumeUUID</key>
\t<string>${id}</string>
\t<key>Writable</key>
\t<true/>
</dict>
</plist>
`

let folder: string
let asked: string[]
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mediaforge-volumes-')))
  asked = []
})
afterEach(() => rm(folder, {recursive: true, force: true}))

const df = (source: string, mountPoint: string): string =>
  `Filesystem    512-blocks      Used Available Capacity  Mounted on\n${source}   965595304 866365944   2800248   100%    ${mountPoint}\n`

/** A Mac on which the paths that `mounted` holds are on other mounts than the user's volume. */
function mac(mounted: Record<string, string> = {}) {
  return openMacVolumes({
    run: (program, args) => {
      asked.push(program)
      const last = args.at(-1) ?? ''
      if (program === '/sbin/mount') return Promise.resolve(MOUNTS)
      if (program === '/bin/df') {
        const line = Object.entries(mounted).find(([path]) => last.startsWith(path))?.[1]
        return Promise.resolve(line ?? df('/dev/disk3s5', '/System/Volumes/Data'))
      }
      const id = VOLUMES[last]
      // What it prints where no disk is, and with which code it ends.
      return id === undefined ? Promise.reject(new Error(`Could not find disk: ${last}`)) : Promise.resolve(plist(last, id))
    },
  })
}

test('a path below a firmlink is on the volume of the user, where it has the same path', async () => {
  const place = {id: DATA, path: join(folder, 'not/yet there')}
  expect(await mac().placeOf(join(folder, 'not/yet there'))).toEqual(place)
  // Named by its mount point it is the same place.
  expect(await mac().placeOf(join('/System/Volumes/Data', folder, 'not/yet there'))).toEqual(place)
  expect(await mac().placeOf('/System/Volumes/Data')).toEqual({id: DATA, path: '/'})
})

test('a volume is known by its id, at whatever mount point and through a link', async () => {
  const stick = join(folder, 'Old pictures (2009)')
  await mkdir(join(stick, 'a'), {recursive: true})
  await symlink(stick, join(folder, 'link'))
  VOLUMES[stick] = EXFAT
  const volumes = mac({[stick]: df('/dev/disk4s1', stick)})
  expect(await volumes.placeOf(join(folder, 'link/a/none'))).toEqual({id: EXFAT, path: '/a/none'})
  expect(await volumes.placeOf(stick)).toEqual({id: EXFAT, path: '/'})
  // Two of one container: each has its own id.
  VOLUMES[stick] = ARCHIVE
  expect(await volumes.placeOf(stick)).toEqual({id: ARCHIVE, path: '/'})
  expect(await volumes.placeOf(folder)).toMatchObject({id: DATA})
})

test('a share of the network has no id and is remote, a disk of any kind is not', async () => {
  const on = (source: string, mountPoint: string) => mac({[folder]: df(source, mountPoint)})
  const share = on('//eva@nas._smb._tcp.local/Family%20photos', '/Volumes/Family photos')
  expect(await share.placeOf(folder)).toBeNull()
  expect(await share.isRemote(folder)).toBe(true)
  expect(await on('/dev/disk4s1', '/Volumes/Old pictures (2009)').isRemote(folder)).toBe(false)
  expect(await on('ntfs://disk6s1/Untitled', '/Volumes/Untitled').isRemote(folder)).toBe(false)
  expect(await on('map auto_home', '/System/Volumes/Data/home').isRemote(folder)).toBe(true)
  expect(await mac().isRemote(folder)).toBe(false)
  // A mount that the list does not name is not called remote.
  expect(await on('/dev/disk9s1', '/Volumes/photos').isRemote(folder)).toBe(false)
})

test('what cannot be told is no volume, and no error', async () => {
  const silent = openMacVolumes({run: () => Promise.reject(new Error('timed out'))})
  expect(await silent.placeOf(folder)).toBeNull()
  expect(await silent.isRemote(folder)).toBe(false)
  expect(await mac({[folder]: 'df: no such thing\n'}).placeOf(folder)).toBeNull()
  // A mount point that does not hold the path, but for the volume of the user, is a mistake of somebody.
  expect(await mac({[folder]: df('/dev/disk3s7', '/Volumes/Archive')}).placeOf(folder)).toBeNull()
})

test('a path costs two processes', async () => {
  await mac().placeOf(join(folder, 'a/b/c/d'))
  expect(asked).toEqual(['/bin/df', '/usr/sbin/diskutil'])
})
