import {spawn} from 'node:child_process'
import {execPath} from 'node:process'
import {fileURLToPath} from 'node:url'

export interface Ended {
  /** Null where a signal ended it: a crash. */
  code: number | null
  stdout: string
  stderr: string
}

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url))

/** Runs a module in a process of its own, where it may end as it likes. `DIST` in it is where the compiled program is, `ARGS` what it is told. */
export async function runModule(
  source: string,
  args: unknown = {},
  flags: string[] = [],
  environment: Record<string, string> = {},
): Promise<Ended> {
  const head = `const DIST = ${JSON.stringify(DIST)}, ARGS = ${JSON.stringify(args)}\n`
  const child = spawn(execPath, [...flags, '--input-type=module', '--eval', head + source], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, ...environment},
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', data => (stdout += String(data)))
  child.stderr.on('data', data => (stderr += String(data)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({code, stdout, stderr}))
  })
}
