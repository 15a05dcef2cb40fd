import {Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {threadsFlag} from '../../cli/flags.js'
import {drainText, failuresText} from '../../cli/print/report.js'
import {tagAll, type TagReport} from '../../services/tags.js'

export default class Tag extends BaseCommand {
  static override summary = 'Tag whatever is not tagged yet.'
  static override description =
    'Tags come from what the models see and from what the files say about themselves. A tag you removed never comes back.'
  static override examples = ['<%= config.bin %> tag', '<%= config.bin %> tag --again']
  static override flags = {
    threads: threadsFlag,
    again: Flags.boolean({description: 'also what is tagged already; your own tags stay'}),
  }

  async run(): Promise<TagReport> {
    const {flags} = await this.parse(Tag)
    const report = await this.withPorts(flags, ports => tagAll(ports, {again: flags.again}, {signal: this.signal}))
    if (report.failures.length > 0) this.endWith('PARTIAL_FAILURE')
    this.print(report.queued === 0 && report.done.tag === 0 ? 'everything is tagged already' : drainText(report))
    this.print(failuresText(report.failures))
    return report
  }
}
