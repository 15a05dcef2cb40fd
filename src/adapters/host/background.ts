import {spawn} from 'node:child_process'
import {mkdirSync, openSync} from 'node:fs'
import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {Background} from '../../domain/ports/settings.js'

const BIN = fileURLToPath(new URL('../../../bin/mediaforge.js', import.meta.url))

/** Processes of this program that outlive the one that starts them; what they say goes to a file. */
export function openBackground({logFile, dataDir}: {logFile: string; dataDir: string}): Background {
  return {
    work() {
      mkdirSync(dirname(logFile), {recursive: true})
      const log = openSync(logFile, 'a')
      spawn(process.execPath, [BIN, 'work', '--data-dir', dataDir], {detached: true, stdio: ['ignore', log, log]}).unref()
    },
  }
}
