import {BaseCommand} from '../cli/base-command.js'
import {statsText} from '../cli/print/stats.js'
import type {LibraryStats} from '../domain/ports/library.js'

export default class Stats extends BaseCommand {
  static override summary = 'Show what the library holds.'
  static override examples = ['<%= config.bin %> stats', '<%= config.bin %> stats --json']

  async run(): Promise<LibraryStats> {
    const {flags} = await this.parse(Stats)
    const stats = await this.withPorts(flags, ({library}) => library.stats())
    this.print(statsText(stats))
    return stats
  }
}
