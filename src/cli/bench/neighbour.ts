import {spawn} from 'node:child_process'

/** A program that keeps one core busy until it is disposed of. */
export function startNeighbour(): Disposable {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], {stdio: 'ignore'})
  return {[Symbol.dispose]: () => void child.kill('SIGKILL')}
}
