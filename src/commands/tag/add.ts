import {resolve} from 'node:path'
import {Args} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {tagsText} from '../../cli/print/file.js'
import type {Tag} from '../../domain/tags.js'
import {addTags} from '../../services/tags.js'

export default class TagAdd extends BaseCommand {
  static override summary = 'Give a file tags of your own.'
  static override examples = ['<%= config.bin %> tag add ~/Pictures/img_2041.jpg beach "summer holiday"']
  static override strict = false
  static override usage = 'tag add FILE TAG...'
  static override args = {
    file: Args.string({description: 'a file in the library', required: true}),
    tag: Args.string({description: 'a tag; several may be given', required: true}),
  }

  async run(): Promise<{path: string; tags: Tag[]}> {
    const {args, argv, flags} = await this.parse(TagAdd)
    const path = resolve(args.file)
    const tags = await this.withPorts(flags, ports => addTags(ports, path, (argv as string[]).slice(1)))
    this.print(tagsText(tags))
    return {path, tags}
  }
}
