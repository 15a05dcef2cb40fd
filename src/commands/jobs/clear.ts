import {Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {confirm} from '../../cli/confirm.js'
import {count} from '../../cli/print/text.js'
import {MediaForgeError} from '../../domain/errors.js'
import {JOB_KINDS, type JobKind} from '../../domain/jobs.js'

export default class JobsClear extends BaseCommand {
  static override summary = 'Take failed jobs off the list, or waiting ones of a kind off the queue.'
  static override description = `Asks first; where nobody can be asked, it wants --yes. What is in hand is left alone, and so is the library: only
work is taken away. The next scan brings back \`inspect\`, \`frames\` and \`embed\`, \`tag\` brings back its own.`
  static override examples = ['<%= config.bin %> jobs clear --failed', '<%= config.bin %> jobs clear --queued --kind embed --yes']
  static override flags = {
    failed: Flags.boolean({description: 'failed jobs', exactlyOne: ['failed', 'queued']}),
    queued: Flags.boolean({description: 'waiting jobs of the kind that --kind names', dependsOn: ['kind']}),
    kind: Flags.option({options: JOB_KINDS, description: 'only jobs of this kind'})(),
    yes: Flags.boolean({description: 'do not ask'}),
  }

  async run(): Promise<{cleared: number}> {
    const {flags} = await this.parse(JobsClear)
    const state = flags.failed ? 'failed' : 'queued'
    const filter = {state, ...(flags.kind === undefined ? {} : {kind: flags.kind})} as const
    const cleared = await this.withPorts(flags, async ({library}) => {
      const counts = await library.jobCounts()
      const kinds: readonly JobKind[] = flags.kind === undefined ? JOB_KINDS : [flags.kind]
      const jobs = kinds.reduce((sum, kind) => sum + counts[kind][state], 0)
      if (jobs === 0) return 0
      const hint = `mediaforge jobs clear --${state}${flags.kind === undefined ? '' : ` --kind ${flags.kind}`} --yes`
      const ofKind = flags.kind === undefined ? '' : `${flags.kind} `
      const agreed =
        flags.yes || (await confirm(`Take ${count(jobs, `${state} ${ofKind}job`)} away?`, {hint, signal: this.signal}))
      if (!agreed) throw new MediaForgeError('CANCELLED', 'nothing was taken away')
      return library.clearJobs(filter)
    })
    this.print(cleared === 0 ? 'no such jobs' : `${count(cleared, 'job')} taken away`)
    return {cleared}
  }
}
