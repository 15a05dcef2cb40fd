import {resolve} from 'node:path'
import {Args} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {fileText} from '../cli/print/file.js'
import {showFile, type FileView} from '../services/files.js'

export default class Show extends BaseCommand {
  static override summary = 'Show all that is known of one file.'
  static override examples = ['<%= config.bin %> show ~/Pictures/beach.jpg', '<%= config.bin %> show ~/Videos/trip.mp4 --json']
  static override args = {file: Args.string({description: 'a file in the library', required: true})}

  async run(): Promise<FileView> {
    const {args, flags} = await this.parse(Show)
    const view = await this.withPorts(flags, ports => showFile(ports, resolve(args.file)))
    this.print(fileText(view))
    return view
  }
}
