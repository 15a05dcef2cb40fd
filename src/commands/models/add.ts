import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../cli/base-command.js'
import {installedText} from '../../cli/print/models.js'
import type {InstalledModel} from '../../domain/models.js'
import {addModel} from '../../services/models/installing.js'

export default class ModelsAdd extends BaseCommand {
  static override summary = 'Take in a model of your own.'
  static override description = `The folder holds a model.json, as those that come with mediaforge, or is one of transformers.js: config.json,
preprocessor_config.json, tokenizer.json and onnx/. It is copied, and works once before it is installed. Only data is read:
PyTorch weights, pickles and scripts are never loaded, archives never unpacked, links not followed.`
  static override examples = [
    '<%= config.bin %> models add ~/Downloads/my-clip',
    '<%= config.bin %> models add ./model --name birds',
  ]
  static override args = {folder: Args.string({description: 'folder of the model', required: true})}
  static override flags = {name: Flags.string({description: 'another name for it'})}

  async run(): Promise<{model: InstalledModel}> {
    const {args, flags} = await this.parse(ModelsAdd)
    const model = await this.withPorts(flags, ports => addModel(ports, resolve(args.folder), flags.name, {signal: this.signal}))
    this.print(installedText(model))
    return {model}
  }
}
