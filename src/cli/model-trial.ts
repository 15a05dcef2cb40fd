import {fork, type ChildProcess} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {MediaForgeError, throwIfCancelled} from '../domain/errors.js'
import type {ModelKind} from '../domain/models.js'
import type {Config} from './config.js'
import type {ErrorReport} from './error-report.js'

/** What the process of a trial is told. */
export interface Trial {
  kind: ModelKind
  /** The model's folder, as an absolute path. */
  folder: string
  config: Pick<Config, 'modelsDir' | 'threads'>
}

/** What it answers: null where the model works. */
export type Verdict = Pick<ErrorReport, 'message' | 'hint'> & {code: MediaForgeError['code'] | null}

const PROCESS = fileURLToPath(new URL('./trial-process.js', import.meta.url))

/** The largest models of the catalogue are read from a slow disk, and work once on one core, in a part of this. */
const MOST_MS = 300_000

/**
 * Lets a model work once, in a process of its own: a graph that never ends, or takes the process with it, can be told only there. Rejects as using the
 * model does, with `MODEL_INVALID` where it crashes or does not end, and with `CANCELLED`.
 */
export async function tryModel(trial: Trial, {signal, mostMs = MOST_MS}: {signal: AbortSignal; mostMs?: number}): Promise<void> {
  throwIfCancelled(signal)
  const child = fork(PROCESS, {stdio: ['ignore', 'ignore', 'ignore', 'ipc']})
  const stop = (): void => void child.kill('SIGKILL')
  const late = AbortSignal.timeout(mostMs)
  const either = AbortSignal.any([signal, late])
  either.addEventListener('abort', stop)
  try {
    child.send(trial)
    const {verdict, killedBy} = await endOf(child)
    throwIfCancelled(signal)
    if (late.aborted) throw endless(trial.folder, mostMs)
    if (verdict === undefined) throw crashed(trial.folder, killedBy)
    if (verdict !== null) throw errorOf(verdict)
  } finally {
    either.removeEventListener('abort', stop)
    stop()
  }
}

interface End {
  /** Undefined where it ended without one. */
  verdict: Verdict | null | undefined
  killedBy: NodeJS.Signals | null
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve, reject) => {
    child.once('message', (verdict: Verdict | null) => resolve({verdict, killedBy: null}))
    child.once('exit', (_, killedBy) => resolve({verdict: undefined, killedBy}))
    child.once('error', reject)
  })
}

function errorOf({code, message, hint}: Verdict): Error {
  return code === null ? new Error(message) : new MediaForgeError(code, message, hint === undefined ? {} : {hint})
}

function endless(folder: string, mostMs: number): MediaForgeError {
  return new MediaForgeError('MODEL_INVALID', `the model in ${folder} did not work once within ${mostMs / 1000} seconds`, {
    hint: 'its graph may never end: export it again, or choose another one: mediaforge models list',
  })
}

function crashed(folder: string, killedBy: NodeJS.Signals | null): MediaForgeError {
  if (killedBy === 'SIGKILL') {
    return new MediaForgeError('OUT_OF_MEMORY', `the system ended the process that tried the model in ${folder}`, {
      hint: 'it most likely took more memory than there is: choose a smaller one: mediaforge models list',
    })
  }
  return new MediaForgeError('MODEL_INVALID', `the model in ${folder} crashed when it was tried (${killedBy ?? 'no answer'})`, {
    hint: 'export it again, or choose another one: mediaforge models list',
  })
}
