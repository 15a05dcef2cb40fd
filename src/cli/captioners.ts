import {physicalCores} from '../adapters/host/cores.js'
import type {Captioner} from '../domain/ports/captioner.js'
import type {Models} from '../domain/ports/models.js'
import type {Config} from './config.js'

/** Opens a captioner for a caller who closes it. */
export async function openCaptionerIn(folder: string, {threads}: Pick<Config, 'threads'>): Promise<Captioner> {
  const {openCaptioner} = await import('../adapters/captioner/captioner.js')
  return openCaptioner({folder, threads: threads ?? physicalCores()})
}

/** The captioner that is used; null where none is in the folder of models. */
export async function chosenCaptioner(config: Config, models: Models): Promise<Captioner | null> {
  const chosen = await models.chosen('captioner')
  return chosen === null ? null : openCaptionerIn(chosen.folder, config)
}
