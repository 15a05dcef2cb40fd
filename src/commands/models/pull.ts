import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {reportOf, type ErrorReport} from '../../cli/error-report.js'
import {pulledText} from '../../cli/print/models.js'
import type {InstalledModel} from '../../domain/models.js'
import {pullModels} from '../../services/models/installing.js'

export default class ModelsPull extends BaseCommand {
  static override summary = 'Download models of the catalogue.'
  static override description = `Says first where each model comes from, how large it is and under which licence. Several come side by side; where one cannot be
had, the others come all the same, and the command ends with 3.

An interrupted download goes on where it stopped. A file takes its place only when its checksum is right, and a model only when it
is whole and works; what is here already is checked and mended. HF_ENDPOINT names another server, HTTPS_PROXY and NO_PROXY the way to it.
With --offline nothing is asked of the network.`
  static override examples = [
    '<%= config.bin %> models pull clip',
    '<%= config.bin %> models pull siglip2 florence-2',
    'HF_ENDPOINT=https://hub.example.org <%= config.bin %> models pull clip',
  ]
  static override strict = false
  static override usage = 'models pull NAME...'
  static override args = {name: Args.string({description: 'a model of `models list`; several may be given', required: true})}
  static override flags = {offline: Flags.boolean({description: 'only use what is here already'})}

  async run(): Promise<{models: InstalledModel[]; failures: ({model: string} & ErrorReport)[]}> {
    const {argv, flags} = await this.parse(ModelsPull)
    const report = await this.withPorts(flags, ports => pullModels(ports, argv as string[], {signal: this.signal}))
    const [failure] = report.failures
    // One that was asked for alone ends the command as it ended.
    if (failure !== undefined && new Set(argv).size === 1) throw failure.error
    if (failure !== undefined) this.endWith('PARTIAL_FAILURE')
    this.print(pulledText(report))
    return {models: report.models, failures: report.failures.map(({model, error}) => ({model, ...reportOf(error)}))}
  }
}
