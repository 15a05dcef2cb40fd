import {runInNewContext} from 'node:vm'

/** Far more than anything takes that a person has written. */
export const MOST_MS = 2000

/** Runs what a stranger's file may have made endless, and throws `late` once it took so long: the one way to end code on the thread it runs on.
 * Not within one step of the engine's own, such as looking for a text in another. */
export function withinTime<Value>(run: () => Value, milliseconds: number, late: Error): Value {
  try {
    return runInNewContext('run()', {run}, {timeout: milliseconds}) as Value
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? late : error
  }
}
