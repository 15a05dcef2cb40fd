import {BaseCommand} from '../../cli/base-command.js'

export default class JobsPause extends BaseCommand {
  static override summary = 'Stop handing out work; what runs is finished.'
  static override examples = ['<%= config.bin %> jobs pause']

  async run(): Promise<{paused: boolean}> {
    const {flags} = await this.parse(JobsPause)
    await this.withPorts(flags, ({library}) => library.setPaused(true))
    this.print('paused; continue with: mediaforge jobs resume')
    return {paused: true}
  }
}
