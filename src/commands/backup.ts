import {resolve} from 'node:path'
import {Args} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {shortPath} from '../cli/print/text.js'
import type {LibraryHealth} from '../domain/ports/library.js'
import {formatSize} from '../domain/units.js'

export default class Backup extends BaseCommand {
  static override summary = 'Copy the library to one file, checked.'
  static override description = `The copy is whole whatever other commands do meanwhile. It is checked before it takes its name, and an earlier backup of that name is
replaced only then. It holds everything but previews and indexes, which can be made again. \`restore\` brings it back.`
  static override examples = ['<%= config.bin %> backup /mnt/disk/library-backup.db']
  static override args = {file: Args.string({description: 'the file to write', required: true})}

  async run(): Promise<LibraryHealth> {
    const {args, flags} = await this.parse(Backup)
    const health = await this.withPorts(flags, ({library}) => library.backup(resolve(args.file)))
    this.print(`${shortPath(health.path)}: ${formatSize(health.sizeBytes)}, integrity: ${health.integrity}`)
    return health
  }
}
