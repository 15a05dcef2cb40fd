import {Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {threadsFlag} from '../cli/flags.js'
import {drainText, failuresText} from '../cli/print/report.js'
import {JOB_KINDS} from '../domain/jobs.js'
import {drain, type DrainReport} from '../services/worker.js'

export default class Work extends BaseCommand {
  static override summary = 'Do the work that waits on the queue, and end when it is empty.'
  static override description = 'Several of these may run at once; they share the queue. Ctrl-C gives back what is in hand.'
  static override examples = ['<%= config.bin %> work', '<%= config.bin %> work --kind inspect']
  static override flags = {
    threads: threadsFlag,
    kind: Flags.option({options: JOB_KINDS, multiple: true, description: 'only work of this kind; may be given several times'})(),
  }

  async run(): Promise<DrainReport> {
    const {flags} = await this.parse(Work)
    const kinds = flags.kind === undefined ? {} : {kinds: flags.kind}
    const report = await this.withPorts(flags, ports => drain(ports, kinds, {signal: this.signal}))
    if (report.failures.length > 0) this.endWith('PARTIAL_FAILURE')
    this.print(drainText(report))
    this.print(failuresText(report.failures))
    return report
  }
}
