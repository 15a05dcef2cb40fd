import {Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {jobsText} from '../../cli/print/jobs.js'
import {JOB_KINDS, JOB_STATES, type JobView} from '../../domain/jobs.js'

export default class JobsList extends BaseCommand {
  static override summary = 'List jobs with their files, and why they failed.'
  static override examples = [
    '<%= config.bin %> jobs list --failed',
    '<%= config.bin %> jobs list --kind embed --limit 10 --json',
  ]
  static override flags = {
    failed: Flags.boolean({description: 'short for --state failed', exclusive: ['state']}),
    state: Flags.option({options: JOB_STATES, description: 'only jobs in this state'})(),
    kind: Flags.option({options: JOB_KINDS, description: 'only jobs of this kind'})(),
    limit: Flags.integer({description: 'how many at most; all where it is not given', min: 1}),
  }

  async run(): Promise<{jobs: JobView[]}> {
    const {flags} = await this.parse(JobsList)
    const state = flags.failed ? 'failed' : flags.state
    const filter = {
      ...(state === undefined ? {} : {state}),
      ...(flags.kind === undefined ? {} : {kind: flags.kind}),
      limit: flags.limit ?? Number.MAX_SAFE_INTEGER,
    }
    const jobs = await this.withPorts(flags, ({library}) => library.listJobs(filter))
    this.print(jobsText(jobs))
    return {jobs}
  }
}
