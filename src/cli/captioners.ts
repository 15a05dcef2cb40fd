import {physicalCores} from '../adapters/host/cores.js'
import type {Captioner} from '../domain/ports/captioner.js'
import type {Models} from '../domain/ports/models.js'
import type {Config} from './config.js'
import {modelFolder} from './model-folder.js'

/** Opens a captioner for a caller who closes it. */
export async function openCaptionerOf(config: Config, model: string): Promise<Captioner> {
  const {openCaptioner} = await import('../adapters/captioner/captioner.js')
  return openCaptioner({folder: modelFolder(config, model), threads: config.threads ?? physicalCores()})
}

/** The configured captioner, else the one of the folder of models that is used; null where there is none. */
export async function chosenCaptioner(config: Config, models: Models): Promise<Captioner | null> {
  const model = config.captionModel ?? (await models.chosen('captioner'))?.folder
  return model === undefined ? null : openCaptionerOf(config, model)
}
