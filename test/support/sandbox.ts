import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'

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
  /** Runs the program as a person would and never rejects. */
  run(args: string[], options?: RunOptions): Promise<Run>
  /** Runs with `--json` and gives the document; fails where stdout is not exactly one. */
  json<Result>(args: string[], options?: {env?: Record<string, string>}): Promise<Result>
  environment: Record<string, string>
}

export async function openSandbox(): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), 'mediaforge-test-'))
  const media = join(root, 'media')
  await mkdir(media)
  const environment = {
    MEDIAFORGE_DATA_DIR: join(root, 'data'),
    MEDIAFORGE_CACHE_DIR: join(root, 'cache'),
    MEDIAFORGE_CONFIG_DIR: join(root, 'config'),
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
  return {
    root,
    media,
    dataDir: environment.MEDIAFORGE_DATA_DIR,
    environment,
    run,
    async json<Result>(args: string[], options: {env?: Record<string, string>} = {}) {
      const {stdout, stderr} = await run([...args, '--json'], options)
      try {
        return JSON.parse(stdout) as Result
      } catch {
        throw new Error(`no JSON document on stdout: ${stdout.slice(0, 500)}\n${stderr}`)
      }
    },
    async [Symbol.asyncDispose]() {
      await rm(root, {recursive: true, force: true})
    },
  }
}
