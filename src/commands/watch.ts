import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {threadsFlag} from '../cli/flags.js'
import {newsText} from '../cli/print/watch.js'
import {MediaForgeError} from '../domain/errors.js'
import type {Event} from '../domain/events.js'
import {watch} from '../services/watch.js'

const POLL_SECONDS = 60

export default class Watch extends BaseCommand {
  static override summary = 'Keep the library in step with folders, until it is stopped.'
  static override description = `A file is taken in once it is complete: its size and time unchanged over two looks, and a video or sound file readable.
Moved and renamed files keep all they have. What the system cannot watch (a network folder, or more folders than it has
watches for) is walked every ${POLL_SECONDS} seconds instead. A disk that is away is waited for. The queue is worked off meanwhile, what
came last first; \`scan\` and \`work\` may run beside it.

SIGTERM ends it with 0, as systemd expects, Ctrl-C with 130. With --json every event is a document on a line of its own.`
  static override examples = [
    '<%= config.bin %> watch ~/Pictures ~/Videos',
    '<%= config.bin %> watch /mnt/nas/photos --poll 300',
    '<%= config.bin %> watch ~/Pictures --json',
  ]
  static override strict = false
  static override args = {path: Args.string({description: 'folder; several may be given', required: true})}
  static override flags = {
    threads: threadsFlag,
    poll: Flags.integer({description: 'do not watch, but walk every so many seconds', min: 1, helpValue: 'SECONDS'}),
    hidden: Flags.boolean({description: 'also files and folders whose names begin with a dot'}),
    ignore: Flags.string({
      description: 'a rule as in .gitignore; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<{event: string; signal: string}> {
    const {argv, flags} = await this.parse(Watch)
    const paths = [...new Set((argv as string[]).map(path => resolve(path)))]
    const options = {
      hidden: flags.hidden,
      ...(flags.ignore === undefined ? {} : {ignore: flags.ignore}),
      poll: flags.poll !== undefined,
      pollMs: (flags.poll ?? POLL_SECONDS) * 1000,
    }
    // A bar that never ends says nothing: each event is a line instead.
    await this.withPorts({...flags, quiet: true}, ports => {
      ports.bus.on(event => {
        this.#tell(event, flags.quiet)
      })
      return watch(ports, paths, options, {signal: this.signal})
    })
    if (this.signal.reason === 'SIGINT') throw new MediaForgeError('CANCELLED', 'interrupted')
    return {event: 'watch.stopped', signal: String(this.signal.reason)}
  }

  #tell({name, ...news}: Event, quiet: boolean): void {
    if (this.jsonEnabled()) {
      if (name !== 'scan.found') this.logJson({event: name, at: new Date().toISOString(), ...news})
    } else if (!quiet) this.print(newsText({name, ...news} as Event))
  }

  /** One document a line: the usual form has many lines. */
  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json)}\n`)
  }
}
