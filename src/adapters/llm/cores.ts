import {readdir, readFile} from 'node:fs/promises'
import {availableParallelism} from 'node:os'
import {join} from 'node:path'

const CPUS = '/sys/devices/system/cpu'

/** How many cores there are to compute on: two threads of one core share its arithmetic, and a second one only gets in the way. */
export async function physicalCores(): Promise<number> {
  const logical = availableParallelism()
  try {
    const cpus = (await readdir(CPUS)).filter(name => /^cpu\d+$/.test(name))
    const siblings = await Promise.all(cpus.map(cpu => readFile(join(CPUS, cpu, 'topology/thread_siblings_list'), 'utf8')))
    return Math.max(1, Math.min(logical, new Set(siblings).size))
  } catch {
    // Elsewhere than on Linux, or where the system does not tell.
    return logical
  }
}
