import {resolve} from 'node:path'
import {Args} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {shortPath} from '../cli/print/text.js'
import type {RestoreReport} from '../cli/restore.js'
import {formatSize} from '../domain/units.js'

export default class Restore extends BaseCommand {
  static override summary = 'Bring the library back from a backup.'
  static override description = `The backup is checked first. The library that is there now is kept beside the restored one, under a name that is printed.
Scan your folders afterwards: what came since the backup is found again.

Ends with 5 where the backup is damaged or was made by a newer version, or while another command works with the library.`
  static override examples = ['<%= config.bin %> restore /mnt/disk/library-backup.db']
  static override args = {file: Args.string({description: 'a file that `backup` wrote', required: true})}

  async run(): Promise<RestoreReport> {
    const {args, flags} = await this.parse(Restore)
    // Loaded here, since a help text needs no database.
    const {restoreLibrary} = await import('../cli/restore.js')
    const report = await restoreLibrary(this.readConfig(flags), resolve(args.file))
    this.print(`${shortPath(report.path)}: ${formatSize(report.sizeBytes)}, integrity: ${report.integrity}`)
    if (report.kept !== null) this.print(`the library from before is kept: ${shortPath(report.kept)}`)
    return report
  }
}
