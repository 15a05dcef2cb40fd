import {randomUUID} from 'node:crypto'
import {hostname} from 'node:os'
import type {Host} from '../../domain/ports/host.js'

/** Names this process `machine:pid:random` in leases, and knows whether another process of this machine still runs. */
export function openHost(): Host {
  const machine = hostname()
  return {
    owner: `${machine}:${process.pid}:${randomUUID().slice(0, 8)}`,
    isGone(owner) {
      const [itsMachine, pid] = owner.split(':')
      if (itsMachine !== machine || pid === undefined) return false
      // A process of this number may be a new one: then its lease simply runs out.
      return Number(pid) !== process.pid && !isRunning(Number(pid))
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
