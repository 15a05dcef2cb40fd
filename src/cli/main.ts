import {setMaxListeners} from 'node:events'
import {fileURLToPath} from 'node:url'
import {Config, Errors, run, settings} from '@oclif/core'
import {MediaForgeError} from '../domain/errors.js'
import {errorText, reportOf} from './error-report.js'
import {nearestName} from './nearest-name.js'

/** Runs a command line. Errors of a command are printed by the command itself; here end those that no command was found for. */
export async function main(args: string[], binUrl: string): Promise<void> {
  // A whole batch of files listens to the one signal of a command.
  setMaxListeners(100)
  // Node's own warnings are for those who write programs, such as that a library uses something experimental.
  if (!args.includes('--verbose')) process.removeAllListeners('warning')
  // Stack traces are for `--verbose`; oclif would rewrite those of native modules by looking for source maps.
  settings.debug = false
  settings.enableAutoTranspile = false
  // There are no plugins, and oclif would look for them in the folder of the library.
  const config = await Config.load({root: fileURLToPath(binUrl), userPlugins: false, devPlugins: false})
  try {
    // oclif takes `-0` for a negative number; here it is the short form of `--null`, as in find, grep and xargs.
    await run(
      args.map(arg => (arg === '-0' ? '--null' : arg)),
      config,
    )
  } catch (error) {
    if (error instanceof Errors.ExitError) process.exitCode = error.oclif.exit
    else {
      const report = reportOf(noSuchCommand(error, config.commandIDs))
      process.exitCode = report.exitCode
      if (args.includes('--json')) process.stdout.write(`${JSON.stringify({error: report}, null, 2)}\n`)
      else process.stderr.write(errorText(report))
    }
  }
}

/** A command that does not exist is a usage error like any other; anything else stays what it is. */
function noSuchCommand(error: unknown, ids: string[]): unknown {
  // oclif joins with colons all words that stand before a flag: those of the command, and what was meant for it.
  const typed = error instanceof Error ? /^command (.+) not found$/s.exec(error.message)?.[1]?.split(':') : undefined
  if (typed === undefined) return error
  const [first = '', second = ''] = typed
  const nearest = nearestName(`${first}:${second}`, ids) ?? nearestName(first, ids)
  return new MediaForgeError('USAGE', `there is no command '${ids.includes(first) ? `${first} ${second}` : first}'`, {
    hint: nearest === undefined ? 'mediaforge --help' : `mediaforge ${nearest.replaceAll(':', ' ')} --help`,
  })
}
