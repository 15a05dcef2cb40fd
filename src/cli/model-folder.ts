import {isAbsolute, join, resolve, sep} from 'node:path'
import type {Config} from './config.js'

/** Where a model lies: one with a slash in its name is a folder, every other one is in the folder of models. */
export function modelFolder({modelsDir}: Pick<Config, 'modelsDir'>, model: string): string {
  return isAbsolute(model) || model.includes(sep) ? resolve(model) : join(modelsDir, model)
}
