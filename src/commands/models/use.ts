import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {threadsFlag} from '../../cli/flags.js'
import {useText} from '../../cli/print/models.js'
import {failuresText} from '../../cli/print/report.js'
import {useModel, type UseReport} from '../../services/models/using.js'

export default class ModelsUse extends BaseCommand {
  static override summary = 'Make a model the one of its kind that is used.'
  static override description = `A model that searches: files are embedded anew in the background. Until that is done, searches find what the new model has not
seen yet by the vectors of the old one: nothing disappears. Vectors of both stay, so going back costs nothing. \`models use starter\` goes
back to the models that came with the install.

A model of another kind (it describes pictures, or names sounds) is used as soon as it is here; of several this says which. Sounds are
heard anew then.`
  static override examples = [
    '<%= config.bin %> models use clip',
    '<%= config.bin %> models use clip --wait',
    '<%= config.bin %> models use starter',
  ]
  static override args = {name: Args.string({description: 'a model that is here, or `starter`', required: true})}
  static override flags = {
    threads: threadsFlag,
    wait: Flags.boolean({
      description: 'do here and now what is to be done anew, and end when all is done',
      exclusive: ['queue-only'],
    }),
    'queue-only': Flags.boolean({description: 'nothing anew now: the next scan or work does'}),
  }

  async run(): Promise<UseReport> {
    const {args, flags} = await this.parse(ModelsUse)
    const how = flags.wait ? 'wait' : flags['queue-only'] ? 'later' : 'background'
    const report = await this.withPorts(flags, ports => useModel(ports, args.name, {how}, {signal: this.signal}))
    const failures = report.work?.failures ?? []
    if (failures.length > 0) this.endWith('PARTIAL_FAILURE')
    this.print(useText(report, how === 'background'))
    this.print(failuresText(failures))
    return report
  }
}
