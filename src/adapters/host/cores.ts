import {readFileSync} from 'node:fs'
import {availableParallelism} from 'node:os'

/**
 * Physical cores that this process may use. Two threads of one core share its arithmetic units: a model gains nothing by the second one, and
 * leaving it to others keeps the machine usable. Where the system does not tell cores from threads, each counts.
 */
export function physicalCores(): number {
  const threads = availableParallelism()
  try {
    const siblings = Array.from({length: threads}, (_, i) =>
      readFileSync(`/sys/devices/system/cpu/cpu${i}/topology/thread_siblings_list`, 'utf8').trim(),
    )
    return new Set(siblings).size
  } catch {
    return threads
  }
}
