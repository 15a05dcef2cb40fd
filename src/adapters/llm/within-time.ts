import {runInNewContext} from 'node:vm'

/** Runs what a stranger's file may have made endless, and throws `late` once it took so long: the one way to end code on the thread it runs on. */
export function withinTime<Value>(run: () => Value, milliseconds: number, late: Error): Value {
  try {
    return runInNewContext('run()', {run}, {timeout: milliseconds}) as Value
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? late : error
  }
}
