import {stripVTControlCharacters} from 'node:util'
import {Errors} from '@oclif/core'
import {MediaForgeError, messageOf} from '../domain/errors.js'
import {safe} from './print/text.js'

/** An error as `--json` prints it. */
export interface ErrorReport {
  code: string
  message: string
  hint: string | undefined
  exitCode: number
}

/** What is said of an error. `command` is the one that was asked for, as it is typed. */
export function reportOf(error: unknown, command = 'COMMAND'): ErrorReport {
  if (error instanceof MediaForgeError) {
    return {code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode}
  }
  if (error instanceof Errors.CLIError) {
    // oclif's own errors are about the command line: an unknown flag, a missing argument.
    return {code: 'USAGE', message: usageMessage(error), hint: `mediaforge ${command} --help`, exitCode: 2}
  }
  return {code: 'INTERNAL', message: messageOf(error), hint: undefined, exitCode: 1}
}

/** An error for people, in a line or two. */
export function errorText({message, hint}: ErrorReport): string {
  return `mediaforge: ${safe(message)}\n${hint === undefined ? '' : `  try: ${safe(hint)}\n`}`
}

/**
 * oclif writes a heading, then what matters in lines and columns of their own. A pointer to the help follows, which is the hint here, and
 * sometimes behind an empty line a note on flags that take all words up to the next one, which no flag of this program does.
 */
function usageMessage({message}: Error): string {
  const [text = ''] = stripVTControlCharacters(message).split('\n\n', 1)
  const lines = text
    .split('\n')
    .map(line => line.trim().replace(/\s{2,}/g, ': '))
    .filter(line => line !== '' && line !== 'See more help with --help')
  const [heading = '', ...details] = lines
  const line = details.length === 0 ? heading : `${heading.replace(/:$/, '')}: ${details.join('; ')}`
  return line.charAt(0).toLowerCase() + line.slice(1)
}
