import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {MODEL_KINDS, type ModelKind} from '../../domain/models.js'
import {writeJson} from './json.js'

/** In the folder of models: which one of each kind is used, by its name. */
const FILE = '.chosen.json'

const ChoicesSchema = v.partial(v.object(v.entriesFromList(MODEL_KINDS, v.string())))

type Choices = Partial<Record<ModelKind, string>>

/** What was chosen. A file that is not there or makes no sense chooses nothing: there is a model of each kind to use all the same. */
export async function readChoices(folder: string): Promise<Choices> {
  try {
    return v.parse(ChoicesSchema, JSON.parse(await readFile(join(folder, FILE), 'utf8'))) as Choices
  } catch {
    return {}
  }
}

export async function writeChoice(folder: string, kind: ModelKind, name: string): Promise<void> {
  await writeJson(join(folder, FILE), {...(await readChoices(folder)), [kind]: name})
}
