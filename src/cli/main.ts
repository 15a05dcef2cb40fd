import {setMaxListeners} from 'node:events'
import {Errors, execute, settings} from '@oclif/core'

/** Runs a command line. Errors of a command are printed by the command itself; here end those that no command was found for. */
export async function main(args: string[], binUrl: string): Promise<void> {
  // A whole batch of files listens to the one signal of a command.
  setMaxListeners(100)
  // Stack traces are for `--verbose`; oclif would rewrite those of native modules by looking for source maps.
  settings.debug = false
  settings.enableAutoTranspile = false
  try {
    // oclif takes `-0` for a negative number; here it is the short form of `--null`, as in find, grep and xargs.
    await execute({args: args.map(arg => (arg === '-0' ? '--null' : arg)), dir: binUrl})
  } catch (error) {
    const exit = error instanceof Errors.CLIError ? error.oclif.exit : undefined
    if (error instanceof Errors.ExitError) process.exitCode = error.oclif.exit
    else {
      const message = error instanceof Error ? error.message : String(error)
      process.stderr.write(`mediaforge: ${message}\n  try: mediaforge --help\n`)
      // A command that does not exist is a usage error like any other.
      process.exitCode = exit === 127 || exit === 2 ? 2 : 1
    }
  }
}
