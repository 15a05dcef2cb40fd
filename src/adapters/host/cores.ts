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

/**
 * How many files are decoded at a time for a model that takes so many cores: as many as the cores that it leaves, so that they never slow it down. Where
 * it leaves none they have to share, and then more of them get their work done sooner.
 */
export function decodesBeside(modelThreads: number): number {
  const cores = physicalCores()
  return modelThreads < cores ? cores - modelThreads : cores
}
