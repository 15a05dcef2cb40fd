import {Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {confirm} from '../cli/confirm.js'
import {planText} from '../cli/print/prune.js'
import {count} from '../cli/print/text.js'
import {parseAge} from '../domain/age.js'
import {MediaForgeError} from '../domain/errors.js'
import type {AbsentLocation} from '../domain/ports/pruning.js'
import {planPrune, prune, type Pruned} from '../services/prune.js'

interface PruneResult {
  dryRun: boolean
  /** What would go, or was to go. */
  files: AbsentLocation[]
  contents: number
  returned: string[]
  /** What went. */
  removed: Pruned
}

export default class Prune extends BaseCommand {
  static override summary = 'Take files that are gone for good out of the library.'
  static override description = `Look first with --dry-run. Only files that a scan found missing go, and never those of a disk that is away, unless
--offline says so. A content that no other file holds goes with its tags, vectors and captions; your media are never
touched. It asks first; where nobody can be asked, it wants --yes. Nothing else ever takes anything out of the library, but
for what a scan read of a file that was still being copied.`
  static override examples = [
    '<%= config.bin %> prune --dry-run',
    '<%= config.bin %> prune --missing-for 30d',
    '<%= config.bin %> prune --missing-for 6m --yes --quiet',
  ]
  static override flags = {
    'dry-run': Flags.boolean({description: 'only show what would go'}),
    'missing-for': Flags.string({
      description: 'only what has been gone for at least this long: 12h, 30d, 2w, 6m, 1y',
      helpValue: 'TIME',
    }),
    offline: Flags.boolean({description: 'also files of a disk or folder that is away: for one that never comes back'}),
    replaced: Flags.boolean({description: 'also what was in a file before it changed, where no file holds it any more'}),
    yes: Flags.boolean({description: 'do not ask'}),
  }

  async run(): Promise<PruneResult> {
    const {flags} = await this.parse(Prune)
    const age = flags['missing-for']
    const options = {
      ...(age === undefined ? {} : {missingForMs: parseAge(age)}),
      offline: flags.offline,
      replaced: flags.replaced,
    }
    return this.withPorts(flags, async ports => {
      const plan = await planPrune(ports, options, {signal: this.signal})
      const {files, contents, returned} = plan
      const result = {dryRun: flags['dry-run'], files, contents: contents.length, returned, removed: {files: 0, contents: 0}}
      if (files.length + contents.length === 0) {
        if (!flags.quiet) this.print(returned.length === 0 ? 'nothing to prune' : planText(plan))
        return result
      }
      if (!flags.quiet) this.print(planText(plan))
      if (flags['dry-run']) return result
      const hint = 'mediaforge prune --dry-run; then again with --yes'
      if (!flags.yes && !(await confirm('Take these out of the library?', {hint, signal: this.signal}))) {
        throw new MediaForgeError('CANCELLED', 'nothing was taken out')
      }
      result.removed = await prune(ports, plan, {signal: this.signal})
      const {removed} = result
      if (!flags.quiet) this.print(`took out ${count(removed.files, 'place')} and ${count(removed.contents, 'content')}`)
      return result
    })
  }
}
