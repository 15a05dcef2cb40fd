import {Command, Flags} from '@oclif/core'
import {MediaForgeError} from '../domain/errors.js'
import type {Ports} from '../services/ports.js'
import {readConfig, type Config} from './config.js'
import {errorText, reportOf, type ErrorReport} from './error-report.js'
import {showDownloads} from './download-progress.js'
import {showProgress} from './progress.js'

/** Flags that stand for settings. */
interface ConfigFlags {
  'data-dir'?: string | undefined
  threads?: number | undefined
  offline?: boolean | undefined
}

/** What every command shares: global flags, the way to the library, Ctrl-C, and one way to end in an error. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    'data-dir': Flags.directory({description: 'folder of the library', helpGroup: 'GLOBAL'}),
    quiet: Flags.boolean({description: 'no progress, only results and errors', helpGroup: 'GLOBAL'}),
    verbose: Flags.boolean({description: 'show stack traces of errors', helpGroup: 'GLOBAL'}),
  }

  readonly #stop = new AbortController()

  /** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  protected get signal(): AbortSignal {
    return this.#stop.signal
  }

  protected override async init(): Promise<void> {
    await super.init()
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => this.#stop.abort(name))
  }

  protected readConfig({'data-dir': dataDir, threads, offline}: ConfigFlags): Config {
    return readConfig(this.config, {
      ...(dataDir === undefined ? {} : {dataDir}),
      ...(threads === undefined ? {} : {threads}),
      ...(offline === true ? {offline} : {}),
    })
  }

  /**
   * Opens the library and everything around it for one use case, in other folders where told so. Progress goes to stderr, unless
   * `--quiet`, and has left the terminal when this resolves: print afterwards.
   */
  protected async withPorts<Result>(
    flags: ConfigFlags & {quiet?: boolean},
    use: (ports: Ports) => Promise<Result>,
    folders: Partial<Pick<Config, 'dataDir' | 'cacheDir'>> = {},
  ): Promise<Result> {
    // Loaded here, since a help text or a wrong flag needs no library.
    const config = {...this.readConfig(flags), ...folders}
    const {compose} = await import('./compose.js')
    await using session = await compose(config)
    if (flags.quiet !== true) for (const show of [showProgress, showDownloads]) session.onClose(show(session.ports))
    return await use(session.ports)
  }

  /** Results go to stdout, and only where no JSON document does. Lines for people and pipes end in a newline. */
  protected print(text: string): void {
    this.printExactly(text === '' || text.endsWith('\n') ? text : `${text}\n`)
  }

  protected printExactly(text: string): void {
    if (!this.jsonEnabled()) process.stdout.write(text)
  }

  /** Ends with another exit code than 0 though the work was done: some files failed. */
  protected endWith(code: 'PARTIAL_FAILURE'): void {
    process.exitCode = new MediaForgeError(code, '').exitCode
  }

  protected override catch(error: Error): Promise<void> {
    const {error: report} = this.toErrorJson(error)
    process.exitCode = report.exitCode
    // Where NODE_ENV is set, oclif would warn of a command that never parsed its arguments: they were wrong, and it is said already.
    this.parsed = true
    if (this.jsonEnabled()) this.logJson({error: report})
    else {
      process.stderr.write(errorText(report))
      if (this.argv.includes('--verbose') && error.stack !== undefined) process.stderr.write(`${error.stack}\n`)
      else if (report.code === 'INTERNAL') process.stderr.write('  this is a bug of mediaforge; --verbose shows where\n')
    }
    return Promise.resolve()
  }

  protected override toErrorJson(error: unknown): {error: ErrorReport} {
    return {error: reportOf(error, this.id?.replaceAll(':', ' '))}
  }
}
