import {execa} from 'execa'
import {BIN, type Run, type Sandbox} from './sandbox.js'

/** Runs the program as at a terminal, with these lines typed. Both streams come as one, as a terminal shows them. */
export async function runAtTerminal(box: Sandbox, args: string[], typed: string): Promise<Run> {
  const command = ['node', BIN, ...args].map(word => `'${word}'`).join(' ')
  const {exitCode, stdout, stderr} = await execa('script', ['-qec', command, '/dev/null'], {
    env: {...box.environment, NO_COLOR: '1'},
    cwd: box.root,
    input: typed,
    reject: false,
    timeout: 60_000,
  })
  return {exitCode: exitCode ?? -1, stdout, stderr}
}
