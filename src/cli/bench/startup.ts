import {compare, type BenchResult} from './measure.js'
import {mediaforge, runNode} from './program.js'
import type {BenchContext} from './suites.js'

const COMMAND_LINES = {version: ['--version'], help: ['search', '--help']}

/** How long a person waits before anything happens, compared with Node doing nothing. */
export async function* startupSuite({rounds, signal}: BenchContext): AsyncIterable<BenchResult> {
  for (const [name, args] of Object.entries(COMMAND_LINES)) {
    const timing = await compare(
      rounds,
      () => runNode(mediaforge(...args), signal),
      () => runNode(['-e', '0'], signal),
      signal,
    )
    yield {name: `startup.${name}`, unit: 'ms', peer: 'node -e 0', ...timing}
  }
}
