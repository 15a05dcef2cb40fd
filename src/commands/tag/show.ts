import {resolve} from 'node:path'
import {Args} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {tagsText} from '../../cli/print/file.js'
import type {Tag} from '../../domain/tags.js'
import {showFile} from '../../services/files.js'

export default class TagShow extends BaseCommand {
  static override summary = 'Show the tags of a file, with confidence and where each comes from.'
  static override examples = ['<%= config.bin %> tag show ~/Pictures/beach.jpg']
  static override args = {file: Args.string({description: 'a file in the library', required: true})}

  async run(): Promise<{path: string; tags: Tag[]}> {
    const {args, flags} = await this.parse(TagShow)
    const path = resolve(args.file)
    const {tags} = await this.withPorts(flags, ports => showFile(ports, path))
    this.print(tagsText(tags))
    return {path, tags}
  }
}
