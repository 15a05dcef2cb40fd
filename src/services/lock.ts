import {LEASE_MS} from '../domain/jobs.js'
import type {Ports} from './ports.js'

/**
 * Runs what only one process of a library does at a time. Resolves to null, without running it, where another one is at it; one that died leaves
 * nothing locked.
 */
export async function exclusively<Result>(
  {library, host}: Pick<Ports, 'library' | 'host'>,
  name: string,
  run: () => Promise<Result>,
): Promise<Result | null> {
  const holder = await library.lock(name, host.owner)
  if (holder !== null && (!host.isGone(holder) || (await library.lock(name, host.owner, holder)) !== null)) return null
  const heartbeat = setInterval(() => void library.lock(name, host.owner).catch(() => null), LEASE_MS / 3)
  try {
    return await run()
  } finally {
    clearInterval(heartbeat)
    // Where the disk is full, that is what has to be told; the lock ends with the process.
    await library.unlock(name, host.owner).catch(() => undefined)
  }
}
