import {BaseCommand} from '../../cli/base-command.js'
import {queueText} from '../../cli/print/jobs.js'
import {queueView, type QueueView} from '../../services/jobs.js'

export default class Jobs extends BaseCommand {
  static override summary = 'Show how much work waits, runs and failed, how fast it goes and how long it may take.'
  static override description = 'Speed is that of the last five minutes. What was added last is worked on first.'
  static override examples = ['<%= config.bin %> jobs', '<%= config.bin %> jobs list --failed']

  async run(): Promise<QueueView> {
    const {flags} = await this.parse(Jobs)
    const view = await this.withPorts(flags, queueView)
    this.print(queueText(view))
    return view
  }
}
