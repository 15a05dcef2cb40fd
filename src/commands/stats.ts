import {BaseCommand} from '../cli/base-command.js'
import {statsText} from '../cli/print/stats.js'
import type {LibraryStats} from '../domain/ports/library.js'

export default class Stats extends BaseCommand {
  static override summary = 'Show what the library holds.'
  static override examples = ['<%= config.bin %> stats', '<%= config.bin %> stats --json']

  async run(): Promise<LibraryStats> {
    const {flags} = await this.parse(Stats)
    await using session = await this.open(flags)
    const stats = await session.ports.library.stats()
    this.print(statsText(stats))
    return stats
  }
}
