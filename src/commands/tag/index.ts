import {Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {threadsFlag} from '../../cli/flags.js'
import {drainText, failuresText} from '../../cli/print/report.js'
import {MediaForgeError} from '../../domain/errors.js'
import {tagAll, type TagReport} from '../../services/tags.js'

export default class Tag extends BaseCommand {
  static override summary = 'Tag whatever is not tagged yet.'
  static override description = `Tags come from what the models see and from what the files say about themselves. A tag you removed never comes back on
that file. What you add and remove also teaches: other files get that tag more or less readily, from the next \`tag --again\` on.

A machine's confidence is a probability: of tags with 0.8, eight in ten are right. Those below 0.6 are not kept, unless
--min-confidence says otherwise; that is kept for every later tag of the library. Your own labels go into text files in the folder
vocabulary beside the settings: labels separated by commas, \`=\` before other words, \`[parent]\` above what belongs to it.`
  static override examples = [
    '<%= config.bin %> tag',
    '<%= config.bin %> tag --again',
    '<%= config.bin %> tag --min-confidence 0.8',
  ]
  static override flags = {
    threads: threadsFlag,
    'min-confidence': Flags.string({
      description: 'keep machine tags from this confidence on, 0 to 1, from now on',
      helpValue: 'SHARE',
    }),
    again: Flags.boolean({description: 'also what is tagged already; your own tags stay'}),
  }

  async run(): Promise<TagReport> {
    const {flags} = await this.parse(Tag)
    const report = await this.withPorts(flags, ports =>
      tagAll(ports, {again: flags.again, ...leastConfidence(flags['min-confidence'])}, {signal: this.signal}),
    )
    if (report.failures.length > 0) this.endWith('PARTIAL_FAILURE')
    this.print(report.queued === 0 && report.done.tag === 0 ? 'everything is tagged already' : drainText(report))
    this.print(failuresText(report.failures))
    return report
  }
}

function leastConfidence(text: string | undefined): {leastConfidence?: number} {
  if (text === undefined) return {}
  const share = Number(text)
  if (text.trim() !== '' && share >= 0 && share <= 1) return {leastConfidence: share}
  throw new MediaForgeError('USAGE', `'${text}' is no confidence`, {hint: 'write a share from 0 to 1: 0.8'})
}
