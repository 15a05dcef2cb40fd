import {createInterface} from 'node:readline/promises'
import {MediaForgeError} from '../domain/errors.js'

/**
 * Asks a person at a terminal before something is taken away; resolves to false for anything but a yes. Rejects with `USAGE` where nobody is
 * there to be asked, and with `CANCELLED` on Ctrl-C.
 */
export async function confirm(question: string, {hint, signal}: {hint: string; signal: AbortSignal}): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new MediaForgeError('USAGE', 'nobody is here to be asked', {hint})
  }
  const terminal = createInterface({input: process.stdin, output: process.stderr})
  // While it reads, the terminal hands Ctrl-C to the reader instead of the process.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return /^\s*y(es)?\s*$/i.test(await terminal.question(`${question} [y/N] `, {signal}))
  } catch (error) {
    if (!signal.aborted) throw error
    throw new MediaForgeError('CANCELLED', 'interrupted', {cause: error})
  } finally {
    terminal.close()
  }
}
