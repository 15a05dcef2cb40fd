import {spawn} from 'node:child_process'
import {statSync} from 'node:fs'
import {join} from 'node:path'
import {execPath} from 'node:process'
import {BIN} from '../support/sandbox.js'

/** How often the library's journal is looked at. */
const LOOK_EVERY_MS = 2

/** When to kill: so long after the library was opened, or as soon as its journal was seen written so many times. */
export type Moment = {afterMs: number} | {afterWrites: number}

export interface Ended {
  killed: boolean
  code: number | null
  stdout: string
  stderr: string
  /** From the opening of the library to the end. */
  ms: number
  /** How often its journal was seen written. */
  writes: number
}

/** Runs the program, and ends it with SIGKILL at a moment, unless it was quicker. */
export async function runUntil(args: string[], env: Record<string, string>, moment?: Moment): Promise<Ended> {
  const child = spawn(execPath, [BIN, ...args], {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']})
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const folder = env.MEDIAFORGE_DATA_DIR as string
  let openedAt: number | undefined
  let lastWrite: bigint | undefined
  let writes = 0
  const timer = setInterval(() => {
    if (openedAt === undefined) {
      if (statSync(join(folder, 'library.db-shm'), {throwIfNoEntry: false}) === undefined) return
      openedAt = performance.now()
    }
    const write = statSync(join(folder, 'library.db-wal'), {bigint: true, throwIfNoEntry: false})?.mtimeNs
    if (write !== lastWrite) writes++
    lastWrite = write
    if (moment === undefined) return
    const isTime = 'afterMs' in moment ? performance.now() - openedAt >= moment.afterMs : writes >= moment.afterWrites
    if (isTime) child.kill('SIGKILL')
  }, LOOK_EVERY_MS)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (...ended) => {
      resolve(ended)
    })
  }).finally(() => {
    clearInterval(timer)
  })
  const ms = openedAt === undefined ? 0 : performance.now() - openedAt
  return {killed: signal === 'SIGKILL', code, stdout: stdout(), stderr: stderr(), ms, writes}
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.on('data', data => (text += String(data)))
  return () => text
}
