import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {confirm} from '../../cli/confirm.js'
import {removalText} from '../../cli/print/models.js'
import {MediaForgeError} from '../../domain/errors.js'
import {carryOut, planRemoval, planSpaceRemoval, type Removal} from '../../services/models/removing.js'

export default class ModelsRemove extends BaseCommand {
  static override summary = 'Remove a model, and the vectors that only it can be asked with.'
  static override description = `Says what would go and asks first; where nobody can be asked, it wants --yes. Tags that it gave stay.

A model that was replaced by another one of its name, or whose folder is gone, leaves vectors behind that no search can use: \`models list\`
tells of them, and --space drops them.`
  static override examples = [
    '<%= config.bin %> models remove clip',
    '<%= config.bin %> models remove clip --dry-run',
    '<%= config.bin %> models remove clip --yes',
    '<%= config.bin %> models remove --space clip-0a1b2c3d',
  ]
  static override args = {name: Args.string({description: 'a model that is here'})}
  static override flags = {
    'dry-run': Flags.boolean({description: 'only say what would go'}),
    space: Flags.string({helpValue: 'NAME', description: 'drop these vectors, which no model is left for'}),
    yes: Flags.boolean({description: 'do not ask'}),
  }

  async run(): Promise<{removal: Removal; removed: boolean}> {
    const {args, flags} = await this.parse(ModelsRemove)
    const {space} = flags
    const {name} = args
    if ((name === undefined) === (space === undefined)) {
      throw new MediaForgeError('USAGE', 'name a model, or a space with --space', {hint: 'mediaforge models list'})
    }
    return this.withPorts(flags, async ports => {
      const removal = await (name === undefined ? planSpaceRemoval(ports, space ?? '') : planRemoval(ports, name))
      if (!flags.quiet) this.print(removalText(removal))
      if (flags['dry-run']) return {removal, removed: false}
      const hint = `mediaforge models remove ${name ?? `--space ${space}`} --yes`
      const agreed = flags.yes || removal.isUsed || (await confirm('Remove it?', {hint, signal: this.signal}))
      if (!agreed) throw new MediaForgeError('CANCELLED', 'nothing was removed')
      await carryOut(ports, removal)
      return {removal, removed: true}
    })
  }
}
