import {BaseCommand} from '../../cli/base-command.js'

export default class JobsResume extends BaseCommand {
  static override summary = 'Hand out work again.'
  static override examples = ['<%= config.bin %> jobs resume']

  async run(): Promise<{paused: boolean}> {
    const {flags} = await this.parse(JobsResume)
    await this.withPorts(flags, ({library}) => library.setPaused(false))
    this.print('the queue runs; work it off with: mediaforge work')
    return {paused: false}
  }
}
