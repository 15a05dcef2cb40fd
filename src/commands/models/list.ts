import {BaseCommand} from '../../cli/base-command.js'
import {modelsText} from '../../cli/print/models.js'
import {listModels, type ModelList} from '../../services/models/listing.js'

export default class ModelsList extends BaseCommand {
  static override summary = 'List the models that are here and those that can be pulled.'
  static override description = `The starter models come with the install and need no pulling. A model is unverified where sizes, checksums or names
could not be checked when this version was made; what arrives is checked against whatever is known.

Vectors of a model that was replaced or is gone are told at the end: no search can use them, and they take room.`
  static override examples = ['<%= config.bin %> models list', '<%= config.bin %> models list --json']

  async run(): Promise<ModelList> {
    const {flags} = await this.parse(ModelsList)
    const list = await this.withPorts(flags, listModels)
    this.print(modelsText(list))
    return list
  }
}
