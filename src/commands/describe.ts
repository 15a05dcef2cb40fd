import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {threadsFlag} from '../cli/flags.js'
import {descriptionsText} from '../cli/print/descriptions.js'
import {failuresText} from '../cli/print/report.js'
import {describe, type DescribeReport} from '../services/descriptions.js'

export default class Describe extends BaseCommand {
  static override summary = 'Have a model say in a sentence what pictures show, so that search finds it.'
  static override description = `Pictures and videos that have no sentence yet are described, the newest first; files that are named are described anew. Of a
video the moments that stand for most of it are described, at most eight. The sentences are shown by \`show\`, found by \`search\`, and
exported. They take a second a picture or more: Ctrl-C at any time, and the next run goes on where it stopped.

Needs a model that was pulled: \`models pull florence-2\`. \`models use\` chooses one where there are several.`
  static override examples = [
    '<%= config.bin %> describe',
    '<%= config.bin %> describe --limit 500',
    '<%= config.bin %> describe ~/Pictures/img_2041.jpg',
  ]
  static override strict = false
  static override args = {
    file: Args.string({description: 'a file in the library; all that have no sentence yet where none is named'}),
  }
  static override flags = {
    threads: threadsFlag,
    limit: Flags.integer({description: 'describe so many files at most, and leave the rest', min: 1}),
  }

  async run(): Promise<DescribeReport> {
    const {argv, flags} = await this.parse(Describe)
    const paths = (argv as string[]).map(path => resolve(path))
    const limit = flags.limit === undefined ? {} : {limit: flags.limit}
    const report = await this.withPorts(flags, ports => describe(ports, {paths, ...limit}, {signal: this.signal}))
    if (report.failures.length > 0) this.endWith('PARTIAL_FAILURE')
    this.print(descriptionsText(report))
    this.print(failuresText(report.failures))
    return report
  }
}
