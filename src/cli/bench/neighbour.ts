import {spawn} from 'node:child_process'

/** Starts a program that keeps one core busy; returns what ends it. */
export function startNeighbour(): () => void {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], {stdio: 'ignore'})
  return () => void child.kill('SIGKILL')
}
