import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {highlightsText} from '../cli/print/moments.js'
import type {Highlight} from '../domain/highlights.js'
import {highlights} from '../services/video-shots.js'

export default class Highlights extends BaseCommand {
  static override summary = 'Rank the shots of a video.'
  static override description =
    'By how much moves, by what is seen, people before things, and by how loud it is, each compared with the other shots of the same video.'
  static override examples = [
    '<%= config.bin %> highlights ~/Videos/trip.mp4',
    '<%= config.bin %> highlights trip.mp4 --limit 3 --json',
  ]
  static override args = {file: Args.string({description: 'a video in the library', required: true})}
  static override flags = {limit: Flags.integer({description: 'how many shots at most', default: 10, min: 1})}

  async run(): Promise<{path: string; highlights: Highlight[]}> {
    const {args, flags} = await this.parse(Highlights)
    const path = resolve(args.file)
    const found = await this.withPorts(flags, ports => highlights(ports, path, {limit: flags.limit}))
    this.print(highlightsText(found))
    return {path, highlights: found}
  }
}
