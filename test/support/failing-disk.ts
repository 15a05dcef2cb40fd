import {constants} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'

/** How a disk fails: from which call on, and with what. */
export interface Failure {
  folder: string
  calls: 'write' | 'read'
  errno: 'ENOSPC' | 'EIO'
  after: number
}

/** Compiles what makes a disk fail. Null where this machine has no compiler for it. */
export async function buildFailingDisk(folder: string): Promise<string | null> {
  const library = join(folder, 'failing-disk.so')
  const args = ['-shared', '-fPIC', '-O1', '-o', library, join(import.meta.dirname, 'failing-disk.c'), '-ldl']
  const {exitCode} = await execa('cc', args, {reject: false})
  return exitCode === 0 ? library : null
}

/** The environment of a program for whom the disk of a folder fails. */
export function failingDisk(library: string, {folder, calls, errno, after}: Failure): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAILING_FOLDER: folder,
    FAILING_CALLS: calls,
    FAILING_ERRNO: String(constants.errno[errno]),
    FAILING_AFTER: String(after),
  }
}
