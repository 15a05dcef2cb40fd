import {mkdir, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import type {Host} from '../../domain/ports/host.js'

/** A lock is touched three times in this long; one that was not is nobody's, whatever machine it was taken on. */
const LEASE_MS = 60_000

/**
 * Runs what only one process at a time may do with a model. Rejects with `MODEL_BUSY` where another one is at it; what a dead process left behind
 * holds nobody up.
 */
export async function withModelLock<Result>(
  modelsDir: string,
  name: string,
  host: Host,
  run: () => Promise<Result>,
): Promise<Result> {
  const path = join(modelsDir, '.locks', name)
  await mkdir(join(modelsDir, '.locks'), {recursive: true})
  await take(path, name, host)
  const touch = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), LEASE_MS / 3)
  try {
    return await run()
  } finally {
    clearInterval(touch)
    await rm(path, {force: true})
  }
}

async function take(path: string, name: string, host: Host): Promise<void> {
  for (const isLast of [false, true]) {
    try {
      await writeFile(path, host.owner, {flag: 'wx'})
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (isLast || (await isHeld(path, host))) break
    await rm(path, {force: true})
  }
  throw new MediaForgeError('MODEL_BUSY', `another process is at work on the model ${name}`, {
    hint: 'wait for it to end, then run the command again',
  })
}

async function isHeld(path: string, host: Host): Promise<boolean> {
  const owner = await readFile(path, 'utf8').catch(() => null)
  const touched = await stat(path).catch(() => null)
  if (owner === null || touched === null || host.isGone(owner)) return false
  return Date.now() - touched.mtimeMs < LEASE_MS
}
