import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {confirm} from '../../cli/confirm.js'
import {removalText} from '../../cli/print/models.js'
import {MediaForgeError} from '../../domain/errors.js'
import {planRemoval, removeModel, type Removal} from '../../services/models/removing.js'

export default class ModelsRemove extends BaseCommand {
  static override summary = 'Remove a model, and the vectors that only it can be asked with.'
  static override description =
    'Says what would go and asks first; where nobody can be asked, it wants --yes. Tags that it gave stay.'
  static override examples = [
    '<%= config.bin %> models remove clip',
    '<%= config.bin %> models remove clip --dry-run',
    '<%= config.bin %> models remove clip --yes',
  ]
  static override args = {name: Args.string({description: 'a model that is here', required: true})}
  static override flags = {
    'dry-run': Flags.boolean({description: 'only say what would go'}),
    yes: Flags.boolean({description: 'do not ask'}),
  }

  async run(): Promise<{removal: Removal; removed: boolean}> {
    const {args, flags} = await this.parse(ModelsRemove)
    return this.withPorts(flags, async ports => {
      const removal = await planRemoval(ports, args.name)
      if (!flags.quiet) this.print(removalText(removal))
      if (flags['dry-run']) return {removal, removed: false}
      const hint = `mediaforge models remove ${args.name} --yes`
      const agreed = flags.yes || removal.isUsed || (await confirm('Remove it?', {hint, signal: this.signal}))
      if (!agreed) throw new MediaForgeError('CANCELLED', 'nothing was removed')
      await removeModel(ports, removal)
      return {removal, removed: true}
    })
  }
}
