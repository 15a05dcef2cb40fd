import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {threadsFlag} from '../cli/flags.js'
import {drainText, failuresText, scanText, verifyText} from '../cli/print/report.js'
import {MediaForgeError} from '../domain/errors.js'
import {JOB_KINDS} from '../domain/jobs.js'
import {exclusively} from '../services/lock.js'
import {scan, type ScanReport} from '../services/scan.js'
import {verify, type VerifyReport} from '../services/verify.js'
import {drain, type DrainReport} from '../services/worker.js'

export default class Scan extends BaseCommand {
  static override summary = 'Find photos, videos and sound in folders, and take them into the library.'
  static override description = `Files are recognised by their content. A second scan opens only what is new or changed. Rules of .mediaforgeignore files
(as in .gitignore) are followed. A folder that cannot be seen makes its files offline; nothing is removed from the library.

--verify reads every known file from end to end and compares it with what was read before. A file of the same size and time with other
bytes is reported, and what the library knows of it stays as it was: bring it back from a backup of your media.

Ends with 0 when all went well, with 3 when some files could not be read or a folder is offline. One scan of a library runs
at a time: another one ends at once with 5, or with 0 and without a word where --quiet says that it is run by a timer.`
  static override examples = [
    '<%= config.bin %> scan ~/Pictures ~/Videos ~/Music',
    '<%= config.bin %> scan ~/Pictures --queue-only',
    '<%= config.bin %> scan ~/Pictures --kind inspect',
    '<%= config.bin %> scan ~/Pictures --json --quiet',
    '<%= config.bin %> scan ~/Pictures --verify',
  ]
  static override strict = false
  static override args = {
    path: Args.string({description: 'folder or file; several may be given', required: true}),
  }
  static override flags = {
    threads: threadsFlag,
    'queue-only': Flags.boolean({description: 'only find files; `work` does the rest later'}),
    kind: Flags.option({
      options: JOB_KINDS,
      description: 'do only work of this kind, as `inspect` for the metadata alone; `work` does the rest later',
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ['queue-only'],
    })(),
    verify: Flags.boolean({description: 'also read every known file again and report those whose bytes changed by themselves'}),
    hidden: Flags.boolean({description: 'also files and folders whose names begin with a dot'}),
    ignore: Flags.string({
      description: 'a rule as in .gitignore; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<{roots: ScanReport[]; work: DrainReport | null; verified?: VerifyReport; skipped: boolean}> {
    const {argv, flags} = await this.parse(Scan)
    const paths = (argv as string[]).map(path => resolve(path))
    const kinds = flags.kind === undefined ? {} : {kinds: flags.kind}
    const options = {hidden: flags.hidden, ...(flags.ignore === undefined ? {} : {ignore: flags.ignore})}
    const done = await this.withPorts(flags, ports =>
      exclusively(ports, 'scan', async () => ({
        roots: await scan(ports, paths, options, {signal: this.signal}),
        work: flags['queue-only'] ? null : await drain(ports, kinds, {signal: this.signal}),
        ...(flags.verify ? {verified: await verify(ports, paths, {signal: this.signal})} : {}),
      })),
    )
    if (done === null) {
      if (flags.quiet) return {roots: [], work: null, skipped: true}
      throw new MediaForgeError('LIBRARY_BUSY', 'another scan of this library is running', {
        hint: 'wait until it has ended, and see how far it is: mediaforge jobs',
      })
    }
    const report = {...done, skipped: false}

    const {roots, work, verified} = report
    const failures = [...roots.flatMap(root => root.problems), ...(work?.failures ?? []), ...(verified?.problems ?? [])]
    if (failures.length > 0) this.endWith('PARTIAL_FAILURE')
    if (flags.quiet && failures.length === 0) return report
    this.print(scanText(roots))
    if (work !== null) this.print(drainText(work))
    if (verified !== undefined) this.print(verifyText(verified))
    this.print(failuresText(failures))
    return report
  }
}
