import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {count} from '../../cli/print/text.js'
import {MediaForgeError} from '../../domain/errors.js'
import {JOB_KINDS} from '../../domain/jobs.js'

export default class JobsRetry extends BaseCommand {
  static override summary = 'Put failed jobs back on the queue.'
  static override description = `Run \`work\` afterwards, or let the next scan do them. Photos that nothing could decode are tried again, too: an ffmpeg that was installed
meanwhile may know them.`
  static override examples = [
    '<%= config.bin %> jobs retry',
    '<%= config.bin %> jobs retry 17 18',
    '<%= config.bin %> jobs retry --kind frames',
  ]
  static override strict = false
  static override args = {id: Args.string({description: 'number of a job; all failed ones where none is given'})}
  static override flags = {kind: Flags.option({options: JOB_KINDS, description: 'only jobs of this kind'})()}

  async run(): Promise<{queued: number}> {
    const {argv, flags} = await this.parse(JobsRetry)
    const ids = (argv as string[]).map(text => {
      if (!/^\d+$/.test(text))
        throw new MediaForgeError('USAGE', `'${text}' is no job number`, {hint: 'mediaforge jobs list --failed'})
      return Number(text)
    })
    const filter = {...(ids.length === 0 ? {} : {ids}), ...(flags.kind === undefined ? {} : {kind: flags.kind})}
    const queued = await this.withPorts(flags, ({library}) => library.retryJobs(filter))
    this.print(queued === 0 ? 'no failed job to retry' : `${count(queued, 'job')} back on the queue; run: mediaforge work`)
    return {queued}
  }
}
