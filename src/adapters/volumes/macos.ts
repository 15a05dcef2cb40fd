import {execFile} from 'node:child_process'
import {realpath} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {promisify} from 'node:util'
import type {Volumes} from '../../domain/ports/volumes.js'
import {mountPointInDf, pathOnVolume, plistString, mountOptions} from './macos-output.js'

/** Runs a program of the system and gives what it printed; rejects where it fails. */
export type RunSystemTool = (program: string, args: string[]) => Promise<string>

/** A disk that is being checked can keep `diskutil` waiting; to go on without an id costs hashing, no more. */
const TIMEOUT_MS = 10_000

/**
 * macOS tells the mount that a path is on by df(1), whose kernel call sees through firmlinks, the id of its volume by `diskutil info`, and by
 * mount(8) whether it is a local one.
 */
export function openMacVolumes({run = runSystemTool}: {run?: RunSystemTool} = {}): Volumes {
  async function mountAt(path: string): Promise<{mountPoint: string; real: string} | null> {
    const {existing, real} = await resolved(path)
    const mountPoint = mountPointInDf(await run('/bin/df', ['-P', existing]).catch(() => ''))
    return mountPoint === null ? null : {mountPoint, real}
  }

  return {
    async placeOf(path) {
      const at = await mountAt(path)
      const within = at === null ? null : pathOnVolume(at.mountPoint, at.real)
      if (at === null || within === null) return null
      // Of a share of the network `diskutil` knows nothing, and fails.
      const info = await run('/usr/sbin/diskutil', ['info', '-plist', at.mountPoint]).catch(() => '')
      const id = plistString(info, 'VolumeUUID')
      return id === null ? null : {id, path: within}
    },

    async isRemote(path) {
      const at = await mountAt(path)
      if (at === null) return false
      const mount = mountOptions(await run('/sbin/mount', []).catch(() => ''), at.mountPoint)
      return mount !== null && !mount.includes('local')
    },
  }
}

/** A path without symbolic links, and the deepest folder of it that exists: df(1) says nothing of others. */
async function resolved(path: string): Promise<{existing: string; real: string}> {
  const real = await realpath(path).catch(() => null)
  if (real !== null) return {existing: real, real}
  if (dirname(path) === path) return {existing: path, real: path}
  const above = await resolved(dirname(path))
  return {existing: above.existing, real: join(above.real, basename(path))}
}

const runFile = promisify(execFile)

async function runSystemTool(program: string, args: string[]): Promise<string> {
  // The names of volumes are UTF-8 whatever the user's language is, and numbers are to have no separators of it.
  const {stdout} = await runFile(program, args, {timeout: TIMEOUT_MS, env: {LC_ALL: 'en_US.UTF-8'}})
  return stdout
}
