import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {runInProcess} from './in-process.js'
import {makeColourModel} from './made-encoder.js'

export const BIN = join(import.meta.dirname, '../../bin/mediaforge.js')

export interface Run {
  exitCode: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: Record<string, string>
  cwd?: string
  /** Run as this user, for whom permissions hold where the tests run as root. */
  uid?: number
}

/** A person's machine in a temporary folder: a library, a cache and a settings folder of its own, and a place for media. */
export interface Sandbox extends AsyncDisposable {
  root: string
  media: string
  dataDir: string
  /** Runs the program as a person would, as a process, and never rejects. */
  run(args: string[], options?: RunOptions): Promise<Run>
  /** Runs the same without a process, which takes a third of a second to start: for what is said, where starting and ending are not the point. */
  call(args: string[], options?: {env?: Record<string, string>}): Promise<Run>
  /** Calls a command with `--json` and gives the document, also that of an error; fails where stdout is not exactly one. */
  json<Result>(args: string[], options?: {env?: Record<string, string>}): Promise<Result>
  /** The same in a process of its own, where several are to run at once, or one is to be interfered with. */
  jsonOfProcess<Result>(args: string[], options?: RunOptions): Promise<Result>
  environment: Record<string, string>
}

/**
 * With the model `colours` pictures are embedded by one of a kilobyte, which loads at once; the starter takes four seconds to, and is for tests of what it
 * makes of pictures, and of what comes without any choice.
 */
export async function openSandbox({model}: {model?: 'colours'} = {}): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), 'mediaforge-test-'))
  const media = join(root, 'media')
  await mkdir(media)
  const environment = {
    MEDIAFORGE_DATA_DIR: join(root, 'data'),
    MEDIAFORGE_CACHE_DIR: join(root, 'cache'),
    MEDIAFORGE_CONFIG_DIR: join(root, 'config'),
    ...(model === undefined ? {} : {MEDIAFORGE_MODEL: await makeColourModel(join(root, model))}),
  }
  async function run(args: string[], options: RunOptions = {}): Promise<Run> {
    const {exitCode, stdout, stderr} = await execa('node', [BIN, ...args], {
      env: {...environment, ...options.env},
      cwd: options.cwd ?? root,
      reject: false,
      stripFinalNewline: false,
      timeout: 120_000,
      ...(options.uid === undefined ? {} : {uid: options.uid, gid: options.uid}),
    })
    return {exitCode: exitCode ?? -1, stdout, stderr}
  }
  const call = (args: string[], {env = {}}: {env?: Record<string, string>} = {}): Promise<Run> =>
    runInProcess(BIN, args, {...environment, ...env}, root)
  return {
    root,
    media,
    dataDir: environment.MEDIAFORGE_DATA_DIR,
    environment,
    run,
    call,
    async json<Result>(args: string[], options: {env?: Record<string, string>} = {}) {
      return documentOf<Result>(await call([...args, '--json'], options))
    },
    async jsonOfProcess<Result>(args: string[], options: RunOptions = {}) {
      return documentOf<Result>(await run([...args, '--json'], options))
    },
    async [Symbol.asyncDispose]() {
      await rm(root, {recursive: true, force: true})
    },
  }
}

function documentOf<Result>({stdout, stderr}: Run): Result {
  try {
    return JSON.parse(stdout) as Result
  } catch {
    throw new Error(`no JSON document on stdout: ${stdout.slice(0, 500)}\n${stderr}`)
  }
}
