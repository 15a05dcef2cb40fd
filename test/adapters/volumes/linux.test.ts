import {execFile} from 'node:child_process'
import {mkdir, mkdtemp, readdir, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openLinuxVolumes} from '../../../dist/adapters/volumes/linux.js'

const run = promisify(execFile)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-volumes-'))
})
afterEach(() => rm(folder, {recursive: true, force: true}))

/** Volumes as a machine with these mounts tells them, and with disks of these ids. */
async function machine(mounts: string[], disks: Record<string, string>) {
  const byUuid = join(folder, 'by-uuid')
  await mkdir(byUuid)
  for (const [id, device] of Object.entries(disks)) {
    await writeFile(join(folder, device), '')
    await symlink(`../${device}`, join(byUuid, id))
  }
  const mountInfo = join(folder, 'mountinfo')
  const lines = mounts.map((mount, i) => `${i + 20} 1 8:${i} ${mount.replaceAll('DEV', folder)}`)
  await writeFile(mountInfo, `${lines.join('\n')}\n`)
  return openLinuxVolumes({mountInfo, byUuid})
}

test('a path is on the deepest mount, and known by the id of its disk', async () => {
  const volumes = await machine(
    [
      '/ / rw,relatime shared:1 - ext4 DEV/sda1 rw',
      '/ /media/my\\040disk rw - exfat DEV/sdb1 rw',
      '/photos /srv/photos rw shared:7 master:2 - ext4 DEV/sdb1 rw',
      '/ /proc rw - proc proc rw',
    ],
    {'1111-AAAA': 'sda1', '2222-BBBB': 'sdb1'},
  )
  expect(await volumes.placeOf('/no/such/folder')).toEqual({id: '1111-AAAA', path: '/no/such/folder'})
  expect(await volumes.placeOf('/media/my disk')).toEqual({id: '2222-BBBB', path: '/'})
  expect(await volumes.placeOf('/media/my disk/2019/a')).toEqual({id: '2222-BBBB', path: '/2019/a'})
  expect(await volumes.placeOf('/media/my disks')).toMatchObject({id: '1111-AAAA'})
  // A part of a disk that is mounted by itself is the same place as in the whole.
  expect(await volumes.placeOf('/srv/photos/2019')).toEqual({id: '2222-BBBB', path: '/photos/2019'})
  expect(await volumes.placeOf('/proc/1')).toBeNull()
})

test('what lies over a mount counts, and network file systems are told', async () => {
  const volumes = await machine(
    [
      '/ / rw - ext4 DEV/sda1 rw',
      '/ /mnt rw - ext4 DEV/sdb1 rw',
      '/ /mnt rw - nfs4 nas:/photos rw',
      '/ /home/me/cloud rw - fuse.sshfs me@host: rw',
    ],
    {A: 'sda1', B: 'sdb1'},
  )
  expect(await volumes.placeOf('/mnt/a')).toBeNull()
  expect(await volumes.isRemote('/mnt/a')).toBe(true)
  expect(await volumes.isRemote('/home/me/cloud/a')).toBe(true)
  expect(await volumes.isRemote('/home/me')).toBe(false)
})

test('a system that tells nothing knows no volumes', async () => {
  const volumes = openLinuxVolumes({mountInfo: join(folder, 'none'), byUuid: join(folder, 'none')})
  expect(await volumes.placeOf('/')).toBeNull()
  expect(await volumes.isRemote('/')).toBe(false)
})

test('a real disk has the same id at another mount point', async context => {
  const image = join(folder, 'disk.img')
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  await mkdir(one)
  await mkdir(two)
  try {
    await run('sh', ['-c', `truncate -s 4M '${image}' && mkfs.ext4 -q '${image}' && mount -o loop '${image}' '${one}'`])
  } catch (error) {
    context.skip(`a disk cannot be mounted here: ${String(error).split('\n')[1] ?? ''}`)
  }
  try {
    const volumes = openLinuxVolumes()
    const ids = await readdir('/dev/disk/by-uuid').catch(() => [])
    const before = await volumes.placeOf(join(one, 'a'))
    if (ids.length === 0) context.skip('this system does not list the ids of disks')
    await run('mount', ['--move', one, two]).catch(() =>
      run('sh', ['-c', `umount '${one}' && mount -o loop '${image}' '${two}'`]),
    )
    expect(before).toMatchObject({path: '/a'})
    expect(await volumes.placeOf(join(two, 'a'))).toEqual(before)
  } finally {
    await run('sh', ['-c', `umount '${one}' '${two}' || true`])
  }
})
