import {availableParallelism, cpus, totalmem} from 'node:os'
import {fileURLToPath} from 'node:url'
import {execa} from 'execa'

/** What a figure depends on besides the program. */
export interface Machine {
  cpu: string
  cores: number
  memoryBytes: number
  platform: string
  node: string
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  }
}

/** The commit that is measured, with `+` where files differ from it; null outside of a checkout. */
export async function currentCommit(): Promise<string | null> {
  const cwd = fileURLToPath(new URL('../../..', import.meta.url))
  const {exitCode, stdout} = await execa('git', ['describe', '--always', '--abbrev=10', '--exclude=*', '--dirty=+'], {
    cwd,
    reject: false,
  })
  return exitCode === 0 && stdout !== '' ? stdout : null
}
