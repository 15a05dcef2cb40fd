import {Args} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {verifiedText} from '../../cli/print/models.js'
import type {FileProblem} from '../../domain/ports/models.js'
import {verifyModels} from '../../services/models/verifying.js'

export default class ModelsVerify extends BaseCommand {
  static override summary = 'Read every byte of the models that are here, and compare.'
  static override description = 'Ends with 3 where a file is gone or has other bytes than those that were installed.'
  static override examples = ['<%= config.bin %> models verify', '<%= config.bin %> models verify clip']
  static override strict = false
  static override usage = 'models verify [NAME...]'
  static override args = {name: Args.string({description: 'a model; all that are here where none is given'})}

  async run(): Promise<{models: {model: string; problems: FileProblem[]}[]}> {
    const {argv, flags} = await this.parse(ModelsVerify)
    const models = await this.withPorts(flags, ports => verifyModels(ports, argv as string[], {signal: this.signal}))
    if (models.some(({problems}) => problems.length > 0)) this.endWith('PARTIAL_FAILURE')
    this.print(verifiedText(models))
    return {models}
  }
}
