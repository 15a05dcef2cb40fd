import {resolve} from 'node:path'
import {Args} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {threadsFlag} from '../../cli/flags.js'
import {calibratedText} from '../../cli/print/models.js'
import {calibrateModel, type CalibrationReport} from '../../services/calibrate.js'

export default class ModelsCalibrate extends BaseCommand {
  static override summary = 'Learn from labelled pictures what the confidences of a model are worth.'
  static override description = `The folder holds pictures and labels.json, [{"file": "a.jpg", "objects": ["dog"]}], with all that is in each picture of the things that
are looked for. What is learned is kept with the model: of its tags with 0.8, eight in ten are right from then on. The next \`tag\` tags by it.`
  static override examples = ['<%= config.bin %> models calibrate clip ~/labelled-photos']
  static override args = {
    name: Args.string({description: 'a model that is here', required: true}),
    folder: Args.string({description: 'folder of labelled pictures', required: true}),
  }
  static override flags = {threads: threadsFlag}

  async run(): Promise<CalibrationReport> {
    const {args, flags} = await this.parse(ModelsCalibrate)
    const {readLabels} = await import('../../cli/labelled-folder.js')
    const pictures = (await readLabels(args.folder)).map(({file, objects}) => ({file: resolve(args.folder, file), objects}))
    const report = await this.withPorts(flags, ports => calibrateModel(ports, args.name, pictures, {signal: this.signal}))
    this.print(calibratedText(report))
    return report
  }
}
