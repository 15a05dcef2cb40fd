import {join, resolve} from 'node:path'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {claimDemoFolder} from '../cli/demo-folder.js'
import {demoText} from '../cli/print/demo.js'
import {demo, type DemoReport} from '../services/demo.js'

export default class Demo extends BaseCommand {
  static override summary = 'Make a small sample library, scan it, tag it and search it.'
  static override description = `Pictures, a video and sounds are drawn and computed on the spot, into a folder with a library of its own: yours is not touched,
and nothing is downloaded. Running it again scans the same folder once more. Delete the folder whenever you like.`
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --folder /tmp/mediaforge-demo']
  static override flags = {
    folder: Flags.string({description: 'where to make it; `demo` beside your library where none is given', helpValue: 'DIR'}),
  }

  async run(): Promise<DemoReport & {folder: string}> {
    const {flags} = await this.parse(Demo)
    const folder = resolve(flags.folder ?? join(this.readConfig(flags).dataDir, 'demo'))
    const {media, ...folders} = await claimDemoFolder(folder)
    const report = await this.withPorts(flags, ports => demo(ports, media, {signal: this.signal}), folders)
    if (report.work.failures.length + report.roots.flatMap(root => root.problems).length > 0) this.endWith('PARTIAL_FAILURE')
    this.print(demoText(report, {folder, media, ...folders}))
    return {folder, ...report}
  }
}
