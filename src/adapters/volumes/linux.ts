import {readdir, readFile, realpath} from 'node:fs/promises'
import {join} from 'node:path'
import type {Volumes} from '../../domain/ports/volumes.js'
import {mountOf, parseMountInfo, pathWithin, type Mount} from './mount-info.js'

const REMOTE_TYPES = new Set(['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'afs', 'ceph', 'glusterfs', '9p', 'virtiofs'])

/** Linux tells mounts in a file and disks' ids in a folder. Where neither is there, no volume is known. */
export function openLinuxVolumes({
  mountInfo = '/proc/self/mountinfo',
  byUuid = '/dev/disk/by-uuid',
}: {mountInfo?: string; byUuid?: string} = {}): Volumes {
  async function mountAt(path: string): Promise<{mount: Mount; real: string} | null> {
    const text = await readFile(mountInfo, 'utf8').catch(() => '')
    const real = await realpath(path).catch(() => path)
    const mount = mountOf(parseMountInfo(text), real)
    return mount === undefined ? null : {mount, real}
  }

  async function idOf(source: string): Promise<string | null> {
    if (!source.startsWith('/')) return null
    const device = await realpath(source).catch(() => source)
    for (const id of await readdir(byUuid).catch(() => [])) {
      if ((await realpath(join(byUuid, id)).catch(() => null)) === device) return id
    }
    return null
  }

  return {
    async placeOf(path) {
      const at = await mountAt(path)
      const id = at === null ? null : await idOf(at.mount.source)
      return at === null || id === null ? null : {id, path: pathWithin(at.mount, at.real)}
    },

    async isRemote(path) {
      const type = (await mountAt(path))?.mount.type ?? ''
      // What a program of the user serves may change behind it.
      return REMOTE_TYPES.has(type) || type.startsWith('fuse.')
    },
  }
}
