import {resolve} from 'node:path'
import {Args} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {tagsText} from '../../cli/print/file.js'
import type {Tag} from '../../domain/tags.js'
import {removeTags} from '../../services/tags.js'

export default class TagRemove extends BaseCommand {
  static override summary = 'Take tags from a file for good.'
  static override description = 'No machine brings a removed tag back; `tag add` does.'
  static override examples = ['<%= config.bin %> tag remove ~/Pictures/beach.jpg car']
  static override strict = false
  static override usage = 'tag remove FILE TAG...'
  static override args = {
    file: Args.string({description: 'a file in the library', required: true}),
    tag: Args.string({description: 'a tag; several may be given', required: true}),
  }

  async run(): Promise<{path: string; removed: string[]; tags: Tag[]}> {
    const {args, argv, flags} = await this.parse(TagRemove)
    const path = resolve(args.file)
    const {removed, tags} = await this.withPorts(flags, ports => removeTags(ports, path, (argv as string[]).slice(1)))
    this.print(
      removed.length === 0 ? 'it had none of these; they will not be added by machine either' : `removed ${removed.join(', ')}`,
    )
    this.print(tagsText(tags))
    return {path, removed, tags}
  }
}
